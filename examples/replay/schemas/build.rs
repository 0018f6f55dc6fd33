//! Writes the models of every schema in this folder, of those that `RELARENA_SCHEMAS` names (paths with `:` between them),
//! and the list of them all.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use relarena_codegen::{Field, Generator, Model, Schema, identifier, schema_struct};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=RELARENA_SCHEMAS");
    println!("cargo::rerun-if-changed=.");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(".")?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let named = std::env::var_os("RELARENA_SCHEMAS").unwrap_or_default();
    paths.extend(std::env::split_paths(&named).filter(|path| !path.as_os_str().is_empty()));
    let (mut modules, mut list) = (String::new(), String::new());
    for path in &paths {
        let name = path.file_stem().and_then(|stem| stem.to_str()).ok_or("a schema's file is named after it")?;
        Generator::new().build(path, &format!("{name}.rs"))?;
        module(name, path, &mut modules)?;
        writeln!(list, "    relarena_replay::registered::<{name}::World>(\"{name}\"),")?;
    }
    let text = format!(
        "{modules}\n/// Every schema by its name.\npub const SCHEMAS: &[relarena_replay::Registered] = &[\n{list}];\n"
    );
    Ok(std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("schemas.rs"), text)?)
}

/// A module of models, with the rows that keys fall back to.
fn module(name: &str, path: &Path, text: &mut String) -> Result<(), Box<dyn Error>> {
    let schema = Schema::from_file(path)?;
    let tables = schema_struct(&schema);
    writeln!(text, "/// The models of the schema `{name}`.\npub mod {name} {{")?;
    writeln!(text, "    include!(concat!(env!(\"OUT_DIR\"), \"/{name}.rs\"));\n")?;
    writeln!(text, "    /// The schema under a name that all schemas have.\n    pub type World = {tables};\n")?;
    writeln!(text, "    impl relarena_replay::Recorded for {tables} {{")?;
    writeln!(text, "        const SUBSTITUTES: &'static [relarena_replay::Substitute] = &[")?;
    for (model, field) in schema.models.iter().flat_map(|model| model.fields.iter().map(move |field| (model, field))) {
        if let Some(row) = substitute(model, field) {
            writeln!(text, "            {row},")?;
        }
    }
    writeln!(text, "        ];\n    }}")?;
    if std::env::var_os("CARGO_FEATURE_TYPED").is_some() {
        typed(&schema, text)?;
    }
    Ok(writeln!(text, "}}\n")?)
}

/// How recorded rows become rows of their models.
fn typed(schema: &Schema, text: &mut String) -> Result<(), Box<dyn Error>> {
    let (tables, mut arms) = (schema_struct(schema), String::new());
    for model in &schema.models {
        let name = identifier(&model.name);
        writeln!(
            arms,
            "                {:?} => relarena_replay::insert_rows::<Self, {name}>(store, rows, clock),",
            model.name
        )?;
        writeln!(text, "    impl relarena_replay::FromValues for {name} {{")?;
        writeln!(text, "        fn from_values(values: &mut impl Iterator<Item = Value>) -> Self {{")?;
        writeln!(text, "            let _ = &values;\n            Self {{")?;
        for field in &model.fields {
            let make = if field.kind.is_key() { "key" } else { "plain" };
            writeln!(text, "                {}: relarena_replay::{make}(values),", identifier(&field.name))?;
        }
        writeln!(text, "            }}\n        }}\n    }}")?;
    }
    writeln!(text, "    #[allow(clippy::too_many_lines, reason = \"an arm for each model\")]")?;
    writeln!(text, "    impl relarena_replay::Typed for {tables} {{")?;
    writeln!(
        text,
        "        fn insert_rows(store: &mut Store<Self>, model: &str, rows: Vec<Vec<Value>>, clock: fn() -> std::time::Duration) -> relarena_replay::Inserted {{"
    )?;
    writeln!(text, "            match model {{\n{arms}                other => panic!(\"no model {{other}}\"),")?;
    Ok(writeln!(text, "            }}\n        }}\n    }}")?)
}

/// What a key falls back to; none where it does not.
fn substitute(model: &Model, field: &Field) -> Option<String> {
    if !field.on_delete.is_some_and(relarena_codegen::OnDelete::falls_back) {
        return None;
    }
    Some(format!(
        "relarena_replay::Substitute {{ model: {:?}, field: {:?}, row: {:?} }}",
        model.name,
        field.name,
        field.substitute()
    ))
}
