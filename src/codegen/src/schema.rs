//! A schema as data, as its JSON has it.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::{Error, read};

/// A schema: models with their fields and rules, and the many-to-many relations between them.
///
/// A key of the JSON that is not named here is a mistake, but for what recorded runs keep beside it (`count_order`).
#[derive(Clone, Debug, Deserialize)]
pub struct Schema {
    /// Name of the schema, in snake case: the struct of tables is named after it.
    #[serde(rename = "schema")]
    pub name: String,
    /// The models in order.
    pub models: Vec<Model>,
    /// Many-to-many relations.
    #[serde(default, rename = "m2m")]
    pub links: Vec<Link>,
}

/// A model.
#[derive(Clone, Debug, Deserialize)]
pub struct Model {
    /// Name of the model, as its struct is to be named.
    pub name: String,
    /// What the model is, for its documentation.
    #[serde(default)]
    pub help: String,
    /// The fields in order, keys among them.
    pub fields: Vec<Field>,
    /// Groups of fields that no two rows have equal.
    #[serde(default)]
    pub unique_together: Vec<Vec<String>>,
    /// The same among the rows for which a condition holds.
    #[serde(default)]
    pub unique_where: Vec<UniqueWhere>,
    /// Conditions that must not be false for any row.
    #[serde(default)]
    pub checks: Vec<Check>,
}

/// A field.
#[derive(Clone, Debug, Deserialize)]
pub struct Field {
    /// Name of the field.
    pub name: String,
    /// What the field is, for its documentation.
    #[serde(default)]
    pub help: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether it may be null.
    #[serde(default)]
    pub null: bool,
    /// Whether no two rows have the same value; of itself so for a one-to-one key.
    #[serde(default)]
    pub unique: bool,
    /// The value of a field left out; for a key with `SET_DEFAULT` the label of a row (`Genre#1`).
    #[serde(default)]
    pub default: Option<Value>,
    /// Of a key: the model that it points at.
    #[serde(default)]
    pub target: Option<String>,
    /// Of a key: what happens when its target is deleted.
    #[serde(default)]
    pub on_delete: Option<OnDelete>,
    /// Of a key with `SET`: the label of the row that it falls back to.
    #[serde(default)]
    pub on_delete_set: Option<String>,
    /// Of a key: the name of its other end on the target.
    #[serde(default)]
    pub related_name: Option<String>,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// A text.
    Text,
    /// A whole number.
    Int,
    /// A floating-point number.
    Float,
    /// A truth value.
    Bool,
    /// A key that many rows may point at one row with.
    ForeignKey,
    /// A key that one row may point at a row with.
    OneToOne,
}

/// What happens to a row when the row that it points at is deleted, in Django's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OnDelete {
    /// It is deleted too.
    Cascade,
    /// The delete is refused.
    Protect,
    /// The delete is refused, unless the row is deleted by it too.
    Restrict,
    /// The key becomes null.
    SetNull,
    /// The key becomes the default row.
    SetDefault,
    /// The key becomes a given row.
    Set,
    /// Nothing, until the transaction ends.
    DoNothing,
}

/// Fields that no two rows have equal, among the rows for which a condition holds.
#[derive(Clone, Debug, Deserialize)]
pub struct UniqueWhere {
    /// Name of the rule.
    pub name: String,
    /// The fields.
    pub fields: Vec<String>,
    /// The conditions, all of which must hold: field, operator (`exact`, `gte`, `lte`), value.
    #[serde(rename = "where")]
    pub conditions: Vec<(String, String, Value)>,
}

/// A condition that must not be false for any row.
#[derive(Clone, Debug, Deserialize)]
pub struct Check {
    /// Name of the check.
    pub name: String,
    /// The conditions, all of which must hold: field, operator (`exact`, `gte`, `lte`), value.
    #[serde(rename = "all")]
    pub conditions: Vec<(String, String, Value)>,
}

/// A many-to-many relation.
#[derive(Clone, Debug, Deserialize)]
pub struct Link {
    /// The model that declares it.
    pub model: String,
    /// Its name there.
    pub name: String,
    /// The other model.
    pub target: String,
    /// Its name there.
    #[serde(default)]
    pub related_name: Option<String>,
    /// Whether a pair is always in both directions.
    #[serde(default)]
    pub symmetrical: bool,
    /// The model whose rows are the links, if there is one.
    #[serde(default)]
    pub through: Option<LinkThrough>,
}

/// The model whose rows are the links of a relation.
#[derive(Clone, Debug, Deserialize)]
pub struct LinkThrough {
    /// The model.
    pub model: String,
    /// Its key to the model that declares the relation.
    pub source_field: String,
    /// Its key to the other one.
    pub target_field: String,
}

impl Schema {
    /// A schema from its JSON. O(size of the text).
    ///
    /// # Errors
    ///
    /// [`Error::Json`]; [`Error::Mistakes`] for what is of another kind than asked for, or not known.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        read::read(text)
    }

    /// A schema from a file of JSON. O(size of the file).
    ///
    /// # Errors
    ///
    /// [`Error::File`], and as [`from_json`](Self::from_json).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path);
        Self::from_json(&text.map_err(|error| Error::File { path: path.into(), error })?)
    }

    /// The model of a name. O(models).
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }
}

impl Model {
    /// The field of a name. O(fields).
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl FieldType {
    /// Whether fields of this type point at rows. O(1).
    pub const fn is_key(self) -> bool {
        matches!(self, Self::ForeignKey | Self::OneToOne)
    }
}

impl Field {
    /// The label of the row that a key with `SET_DEFAULT` or `SET` falls back to; `None` where it is null, or not said. O(1).
    pub fn substitute(&self) -> Option<&str> {
        match self.on_delete? {
            OnDelete::SetDefault => self.default.as_ref()?.as_str(),
            OnDelete::Set => self.on_delete_set.as_deref(),
            _ => None,
        }
    }
}

impl OnDelete {
    /// The action as `relarena` spells it. O(1).
    pub const fn action(self) -> &'static str {
        match self {
            Self::Cascade => "cascade",
            Self::Protect => "protect",
            Self::Restrict => "restrict",
            Self::SetNull => "set_null",
            Self::SetDefault => "set_default",
            Self::Set => "set_with",
            Self::DoNothing => "do_nothing",
        }
    }

    /// Whether the key becomes another row. O(1).
    pub const fn falls_back(self) -> bool {
        matches!(self, Self::SetDefault | Self::Set)
    }
}
