"""The machine's own limit for a page: Flask, Jinja, a table of 50 rows, no database."""

from __future__ import annotations

from flask import Flask, render_template_string

app = Flask(__name__)
PAGE = """<!doctype html><title>Table</title><table>{% for row in rows %}
<tr><th>{{ row.name }}</th><td>{{ row.kana }}</td><td>{{ row.number }}</td>
<td><a href="/people/{{ row.id }}">…</a></td></tr>{% endfor %}</table>"""
ROWS = [{"id": n, "name": f"本多 ハル{n}", "kana": "ホンダ ハル", "number": f"0957-00-{n:04d}"} for n in range(50)]


@app.get("/table")
def table() -> str:
    return render_template_string(PAGE, rows=ROWS)
