//! In a crate of 157 models one mistake is one error, of at most fifteen lines, that names model and field.
//!
//! The models are written by `relarena-codegen` from the schema of a real project, a mistake is sown into them, and the
//! compiler must say what `ui/at_scale/*.stderr` holds; `TRYBUILD=overwrite cargo test --test ui_at_scale` writes these anew.

use std::fs;
use std::path::Path;

use relarena_codegen::{Generator, Schema};

/// Lines of an error that one reads at a glance.
const MOST_LINES: usize = 15;

/// A mistake: what it is called, what is written in the place of what, and words that the error must have.
struct Mistake {
    name: &'static str,
    right: &'static str,
    wrong: &'static str,
    words: &'static [&'static str],
}

const REGION: &str =
    "    #[foreign_key(on_delete = cascade, reverse = LOCATION)]\n    pub region: Option<Id<Region>>,\n";

const MISTAKES: [Mistake; 12] = [
    Mistake {
        name: "missing_table",
        right: "    pub regions: Table<Region>,\n",
        wrong: "",
        words: &["`VersionGroupRegion.region`", "`Region`", "Table<Region>"],
    },
    Mistake {
        name: "on_delete_misspelt",
        right: REGION,
        wrong: "    #[foreign_key(on_delete = casacde, reverse = LOCATION)]\n    pub region: Option<Id<Region>>,\n",
        words: &["`Location.region`", "`casacde`", "cascade"],
    },
    Mistake {
        name: "on_delete_missing",
        right: REGION,
        wrong: "    #[foreign_key(reverse = LOCATION)]\n    pub region: Option<Id<Region>>,\n",
        words: &["`Location.region`", "`on_delete = ...`"],
    },
    Mistake {
        name: "set_null_on_required_key",
        right: REGION,
        wrong: "    #[foreign_key(on_delete = set_null, reverse = LOCATION)]\n    pub region: Id<Region>,\n",
        words: &["`Location.region`", "`Option<Id<Region>>`"],
    },
    Mistake {
        name: "id_without_relation",
        right: REGION,
        wrong: "    pub region: Option<Id<Region>>,\n",
        words: &["`Location.region`", "#[foreign_key(on_delete = ...)]"],
    },
    Mistake {
        name: "key_of_wrong_type",
        right: REGION,
        wrong: "    #[foreign_key(on_delete = cascade, reverse = LOCATION)]\n    pub region: Option<u32>,\n",
        words: &["`Location.region`", "`Option<Id<Model>>`"],
    },
    Mistake {
        name: "reverse_name_twice",
        right: REGION,
        wrong: "    #[foreign_key(on_delete = cascade, reverse = POKEDEX)]\n    pub region: Option<Id<Region>>,\n",
        words: &["`POKEDEX`", "on_delete = cascade, reverse = POKEDEX"],
    },
    Mistake {
        name: "table_twice",
        right: "    pub regions: Table<Region>,\n",
        wrong: "    pub regions: Table<Region>,\n    pub areas: Table<Region>,\n",
        words: &["`Pokeapi.areas`", "`Region`"],
    },
    Mistake {
        name: "model_without_derive",
        right: "#[derive(Model, Clone)]\npub struct Region {",
        wrong: "#[derive(Clone)]\npub struct Region {",
        words: &["`Region` is not a model", "Table<Region>"],
    },
    Mistake {
        name: "unique_of_float",
        right: "pub struct Location {\n    /// `name`: a text.\n    pub name: String,\n",
        wrong: "pub struct Location {\n    #[unique]\n    pub name: f64,\n",
        words: &["`Location`", "pub name: f64", "cannot be unique"],
    },
    Mistake {
        name: "reverse_name_misspelt",
        right: "    let _ = db;\n",
        wrong: "    let _ = db.follow(Id::<Region>::default(), Region::LOCATIONS).count();\n",
        words: &["`LOCATIONS`", "`Region`", "`LOCATION`"],
    },
    Mistake {
        name: "relation_of_wrong_model",
        right: "    let _ = db;\n",
        wrong: "    let _ = db.follow(Id::<Region>::default(), Location::REGION);\n",
        words: &["expected `Region`, found `Location`", "Location::REGION"],
    },
];

#[test]
fn a_mistake_among_many_models_is_one_short_error() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = Schema::from_file(root.join("examples/replay/schemas/pokeapi.json")).expect("the schema is there");
    let models = Generator::new().generate(&schema).expect("the schema has no mistakes");
    let right = format!("{models}\nfn main() {{\n    let db = Store::<Pokeapi>::new();\n    let _ = db;\n}}\n");
    let folder = root.join("tests/ui/at_scale");
    let tests = trybuild::TestCases::new();
    for mistake in &MISTAKES {
        let places = right.matches(mistake.right).count();
        assert_eq!(places, 1, "{}: the place of the mistake is clear", mistake.name);
        let path = folder.join(mistake.name).with_extension("rs");
        fs::write(&path, right.replacen(mistake.right, mistake.wrong, 1)).expect("a test can write its program");
        tests.compile_fail(path);
    }
    // Ends when all programs have been compiled, and compared with what is kept.
    drop(tests);
    for Mistake { name, words, .. } in &MISTAKES {
        let kept = fs::read_to_string(folder.join(name).with_extension("stderr")).expect("the error is kept");
        let errors = kept.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, 1, "{name}: one mistake, one error:\n{kept}");
        assert!(kept.trim_end().lines().count() <= MOST_LINES, "{name}: too long:\n{kept}");
        for word in *words {
            assert!(kept.contains(word), "{name}: {word} is missing in:\n{kept}");
        }
    }
}
