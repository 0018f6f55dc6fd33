//! Prints the models of a schema that is given as JSON: `cargo run --example schema_to_models -- SCHEMA.json > models.rs`.
//!
//! The JSON of a Django app comes from `examples/django_schema.py`; a build script calls `relarena_codegen` itself.

use std::process::ExitCode;

use relarena_codegen::{Error, Generator, Schema};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, generator) = match arguments.as_slice() {
        [path] => (path, Generator::new()),
        [path, option, visibility] if option == "--visibility" => (path, Generator::new().visibility(visibility)),
        _ => {
            eprintln!("usage: schema_to_models SCHEMA.json [--visibility 'pub(crate)'] > models.rs");
            return ExitCode::FAILURE;
        }
    };
    match models(path, &generator) {
        Ok(models) => {
            print!("{models}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn models(path: &str, generator: &Generator) -> Result<String, Error> {
    generator.generate(&Schema::from_file(path)?)
}
