def run_import(kind: str, path: str, dry_run: bool, skip_bad_rows: bool) -> int:
    raise NotImplementedError
