"""What comes to the desk and is for a person to do: help requests (the trouble somebody brings, and what came of it),
call tasks (電話連絡: somebody is to be rung), and reports of impostors."""
