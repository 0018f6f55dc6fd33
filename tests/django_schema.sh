#!/usr/bin/env bash
# `examples/django_schema.py` with the real Django: the conformance schema comes out as recorded, and the models of the
# guide's chapter as its text has them. Django comes from PyPI, into a virtual environment below the target directory.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
environment=$target/django
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check 'django==5.2.*'
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
script=$root/examples/django_schema.py

cd "$root/src/codegen/tests"
"$environment/bin/python" "$script" schema_a_models --name schema_a > "$work/schema_a.json"
python3 - "$work/schema_a.json" schema_a.json <<'EOF'
import json, sys
got, expected = (json.load(open(path)) for path in sys.argv[1:])
assert got == expected, "the schema of `schema_a_models.py` is not `schema_a.json`"
EOF

mkdir -p "$work/shop"
cd "$work"
python3 - "$root/docs/guide/18-bringing-a-django-project-over.md" <<'EOF'
import sys
chapter = open(sys.argv[1]).read()
block = lambda language: chapter.split(f"```{language}\n")[1].split("```")[0]
open("shop/__init__.py", "w").close()
open("shop/models.py", "w").write(block("python"))
open("expected.rs", "w").write(block("rust").split("\nfn main")[0])
EOF
"$environment/bin/python" "$script" shop > shop.json
cargo run --quiet --manifest-path "$root/Cargo.toml" --example schema_to_models -- shop.json > shop.rs
# The first two lines say where the text comes from.
tail -n +3 shop.rs | diff - expected.rs
echo "the schemas of Django's models are as expected"
