//! Turns a schema as JSON into models of `relarena`: structs with their keys, rules and tables, documented and formatted.
//!
//! Three stages in one direction: `read` (JSON to data, which is `schema`), `check` (rules, all mistakes at once), `write` (data to text, which
//! cannot fail).

mod check;
mod condition;
mod error;
mod names;
mod read;
mod schema;
mod write;

use std::path::{Path, PathBuf};

pub use error::{Error, Mistake};
pub use schema::{Check, Field, FieldType, Link, LinkThrough, Model, OnDelete, Schema, UniqueWhere};

/// Writes models from schemas. The default is public models that derive `Model` and `Clone`.
///
/// The JSON names models, fields, relations and rules, and nothing of any language or database (see [`Schema`]); a script
/// in the repository prints it for any Django app. A build script keeps the models equal to the schema:
///
/// ```no_run
/// // build.rs
/// # #[expect(clippy::needless_doctest_main, reason = "a build script has a main")]
/// fn main() -> Result<(), relarena_codegen::Error> {
///     relarena_codegen::Generator::new().build("schema.json", "models.rs")
/// }
/// ```
///
/// ```text
/// // src/lib.rs
/// include!(concat!(env!("OUT_DIR"), "/models.rs"));
/// ```
///
/// Or take the text once, and make it your own:
///
/// ```
/// use relarena_codegen::{Generator, Schema};
///
/// let schema = Schema::from_json(
///     r#"{"schema": "library", "models": [
///         {"name": "Author", "fields": [{"name": "name", "type": "text"}]},
///         {"name": "Book", "fields": [
///             {"name": "title", "type": "text", "unique": true},
///             {"name": "author", "type": "foreign_key", "target": "Author", "on_delete": "CASCADE", "related_name": "books"}
///         ]}
///     ]}"#,
/// )?;
/// let models = Generator::new().generate(&schema)?;
/// assert!(models.contains("    #[foreign_key(on_delete = cascade, reverse = BOOKS)]\n    pub author: Id<Author>,\n"));
/// assert!(models.contains("    pub books: Table<Book>,\n"));
/// # Ok::<(), relarena_codegen::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Generator {
    visibility: String,
    derives: Vec<String>,
}

impl Default for Generator {
    fn default() -> Self {
        Self { visibility: "pub".into(), derives: vec!["Model".into(), "Clone".into()] }
    }
}

/// The struct of tables that is written for a schema: `SchemaA` for `schema_a`. O(models).
pub fn schema_struct(schema: &Schema) -> String {
    names::schema_struct(schema)
}

/// A name of a schema as Rust spells it: `r#type` for `type`. O(length).
pub fn identifier(name: &str) -> std::borrow::Cow<'_, str> {
    names::identifier(name)
}

impl Generator {
    /// A generator with the defaults. O(1).
    pub fn new() -> Self {
        Self::default()
    }

    /// The visibility of models, fields and tables: `pub` unless told otherwise; `pub(crate)`, or nothing for private ones.
    #[must_use]
    pub fn visibility(mut self, visibility: &str) -> Self {
        visibility.trim().clone_into(&mut self.visibility);
        self
    }

    /// Lets every model derive one more trait: `Debug`, or `serde::Serialize`.
    #[must_use]
    pub fn derive(mut self, path: &str) -> Self {
        self.derives.push(path.into());
        self
    }

    /// The models of a schema as the text of a Rust file, which may be a module of its own or be included in one.
    /// O(size of the schema).
    ///
    /// # Errors
    ///
    /// [`Error::Mistakes`]: all that stops the schema from being one of `relarena`, each with model and field.
    pub fn generate(&self, schema: &Schema) -> Result<String, Error> {
        check::check(schema)?;
        Ok(write::write(schema, &self.visibility, &self.derives))
    }

    /// What a build script calls: reads the schema at `path` (from the package's folder), writes its models as `name` into
    /// `OUT_DIR`, and has Cargo run the script again when the schema changes.
    ///
    /// # Errors
    ///
    /// [`Error::File`] with the path, [`Error::NoOutDir`] outside a build script, [`Error::Json`], and as
    /// [`generate`](Self::generate).
    pub fn build(&self, path: impl AsRef<Path>, name: &str) -> Result<(), Error> {
        let path = path.as_ref();
        println!("cargo::rerun-if-changed={}", path.display());
        let folder = std::env::var_os("OUT_DIR").map(PathBuf::from).ok_or(Error::NoOutDir)?;
        let models = self.generate(&Schema::from_file(path)?)?;
        let target = folder.join(name);
        std::fs::write(&target, models).map_err(|error| Error::File { path: target, error })
    }
}
