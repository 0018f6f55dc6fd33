#!/usr/bin/env bash
# What the derives cost a build: generates crates of 10 to 157 models, builds each in debug beyond its dependencies, and
# compares with the same structs without derives; and once more with an insert for each model, which a program adds itself.
# Then the 157 models of a real project, which `schema_to_models` writes: debug, after an edit of one model, release.
# A target directory of its own, so that nothing else is rebuilt.
#
#     benches/compile_time.sh [ROUNDS] [PARTS...]
#
# The parts are `growth` (10 to 157 models), and of the real project `debug`, `edit` and `release`; all unless some are named.
set -euo pipefail
library=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$work/target}/compile_time" CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never
rounds=${1:-5}
parts=${*:2}
parts=${parts:-growth debug edit release}
for part in $parts; do
    case $part in growth | debug | edit | release) ;; *)
        echo "no part \`$part\`: growth, debug, edit, release" >&2
        exit 2
        ;;
    esac
done

is_asked() { [[ " $parts " == *" $1 "* ]]; }

manifest() {
    mkdir -p "$work/crate/src"
    cat > "$work/crate/Cargo.toml" <<EOF
[package]
name = "generated"
version = "0.0.0"
edition = "2024"
[dependencies]
relarena = { path = "$library" }
[workspace]
EOF
}

# Five fields a model: a unique name, a number, a flag, and after the first model a key; every fifth has a many-to-many relation.
generate() {
    local models=$1 kind=$2 inserts=0 number
    [ "$kind" != used ] || inserts=$models
    manifest
    {
        [ "$kind" = plain ] || echo "use relarena::prelude::*;"
        for ((number = 0; number < models; number++)); do
            if [ "$kind" = plain ]; then
                echo "#[derive(Clone)] pub struct Model$number { pub name: String, pub number: u32, pub flag: bool,"
                ((number == 0)) || echo "    pub owner: u64,"
            else
                echo "#[derive(Model, Clone)]"
                ((number % 5 != 4)) || echo "#[many_to_many(FRIENDS: Model$((number - 1)), reverse = FANS$number)]"
                echo "pub struct Model$number { #[unique] pub name: String, pub number: u32, pub flag: bool,"
                ((number == 0)) || echo "    #[foreign_key(on_delete = cascade, reverse = OWNED$number)] pub owner: Id<Model$((number - 1))>,"
            fi
            echo "}"
        done
        if [ "$kind" = plain ]; then
            echo "fn main() {}"
        else
            echo "#[derive(Schema)] pub struct World {"
            for ((number = 0; number < models; number++)); do echo "    table$number: Table<Model$number>,"; done
            echo "}"
            echo "fn main() -> Result<(), Error> {"
            echo "    #[allow(unused_mut)] let mut db = Store::<World>::new();"
            for ((number = 0; number < inserts; number++)); do
                owner=""
                ((number == 0)) || owner=", owner: id$((number - 1))"
                echo "    let id$number = db.insert(Model$number { name: String::new(), number: 1, flag: true$owner })?;"
            done
            echo "    drop(db); Ok(())"
            echo "}"
        fi
    } > "$work/crate/src/main.rs"
}

# CPU seconds (user and system) of building the generated crate alone: the median of the rounds.
measure() {
    local round
    (cd "$work/crate" && cargo build --quiet 2>/dev/null)
    for ((round = 0; round < rounds; round++)); do
        touch "$work/crate/src/main.rs"
        (
            cd "$work/crate"
            TIMEFORMAT='%U %S %R'
            { time cargo build --quiet 2>/dev/null; } 2>&1
        )
    done | awk '{ print $1 + $2, $3 }' | sort -n | awk '{ cpu[NR] = $1; wall[NR] = $2 } END { print cpu[int((NR + 1) / 2)], wall[int((NR + 1) / 2)] }'
}

if is_asked growth; then
    echo "| models | plain structs, CPU s | with derives, CPU s (wall s) | and one insert for each model | added by the schema | for each model |"
    echo "| ---: | ---: | ---: | ---: | ---: | ---: |"
    for models in 10 25 50 100 157; do
        generate "$models" plain
        read -r plain _ < <(measure)
        generate "$models" derived
        read -r derived wall < <(measure)
        generate "$models" used
        read -r used _ < <(measure)
        awk -v models="$models" -v plain="$plain" -v derived="$derived" -v wall="$wall" -v used="$used" 'BEGIN {
            added = derived - plain
            printf "| %d | %.2f | %.2f (%.2f) | %.2f | %.2f s | %.0f ms |\n", models, plain, derived, wall, used, added, added / models * 1000 }'
    done
    echo
fi
is_asked debug || is_asked edit || is_asked release || exit 0

# The schema of a real project, with a store that is written to.
manifest
# As `schema_to_models` writes it, without what else an example of the library builds.
mkdir -p "$work/writer/src"
cat > "$work/writer/Cargo.toml" <<EOF
[package]
name = "writer"
version = "0.0.0"
edition = "2024"
[dependencies]
relarena-codegen = { path = "$library/src/codegen" }
[workspace]
EOF
cat > "$work/writer/src/main.rs" <<EOF
fn main() -> Result<(), relarena_codegen::Error> {
    let schema = relarena_codegen::Schema::from_file("$library/examples/replay/schemas/pokeapi.json")?;
    print!("{}", relarena_codegen::Generator::new().generate(&schema)?);
    Ok(())
}
EOF
cargo run --quiet --manifest-path "$work/writer/Cargo.toml" > "$work/models.rs"
{
    cat "$work/models.rs"
    cat <<'EOF'
fn main() -> Result<(), Error> {
    let mut db = Store::<Pokeapi>::new();
    db.insert_by_name("Region", &[("name", "Kanto".into())])?;
    assert_eq!(db.len::<Region>(), 1);
    Ok(())
}
EOF
} > "$work/crate/src/main.rs"

# Median CPU and wall seconds of rebuilding the crate alone, after a command that changes it.
rebuild() {
    local change=$1 round
    shift
    (cd "$work/crate" && cargo build --quiet "$@")
    for ((round = 0; round < rounds; round++)); do
        eval "$change"
        (
            cd "$work/crate"
            TIMEFORMAT='%U %S %R'
            { time cargo build --quiet "$@" 2>/dev/null; } 2>&1
        )
    done | awk '{ print $1 + $2, $3 }' | sort -n | awk '{ cpu[NR] = $1; wall[NR] = $2 } END { printf "%.1f | %.1f\n", cpu[int((NR + 1) / 2)], wall[int((NR + 1) / 2)] }'
}

main=$work/crate/src/main.rs
rename='sed -i -E "s/pub hatch_counter[0-9]*:/pub hatch_counter$round:/" "$main"'
echo "| 157 models of a real project | CPU s | wall s |"
echo "| :--- | ---: | ---: |"
! is_asked debug || echo "| debug | $(rebuild 'touch "$main"') |"
! is_asked edit || echo "| debug, incremental, a field renamed in one model | $(CARGO_INCREMENTAL=1 rebuild "$rename") |"
! is_asked release || echo "| release | $(rebuild 'touch "$main"' --release) |"
