//! The one error of this crate, and the mistakes that a schema can have.

use std::fmt;
use std::path::PathBuf;

/// Why no models were written.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The text is no schema as JSON.
    Json(serde_json::Error),
    /// The schema cannot be one of `relarena`: every mistake, in the order of the schema.
    Mistakes(Vec<Mistake>),
    /// `build` was called outside a build script.
    NoOutDir,
}

/// A mistake in a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The model; empty for the schema itself.
    pub model: String,
    /// The field, rule or many-to-many relation; empty for the model itself.
    pub field: String,
    /// What is wrong, and how to mend it.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = [self.model.as_str(), self.field.as_str()].into_iter().filter(|part| !part.is_empty());
        let place = place.collect::<Vec<_>>().join(".");
        if place.is_empty() { formatter.write_str(&self.text) } else { write!(formatter, "`{place}`: {}", self.text) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => write!(formatter, "{}: {error}", path.display()),
            Self::Json(error) => write!(formatter, "the schema is not the JSON of one: {error}"),
            Self::Mistakes(mistakes) => {
                write!(formatter, "the schema has {} mistake", mistakes.len())?;
                formatter.write_str(if mistakes.len() == 1 { "" } else { "s" })?;
                mistakes.iter().try_for_each(|mistake| write!(formatter, "\n  {mistake}"))
            }
            Self::NoOutDir => {
                formatter.write_str("`OUT_DIR` is not set: `build` is for build scripts; call `generate`")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { error, .. } => Some(error),
            Self::Json(error) => Some(error),
            Self::Mistakes(_) | Self::NoOutDir => None,
        }
    }
}
