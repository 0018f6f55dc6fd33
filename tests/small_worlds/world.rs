//! A small world as plain data: which models and keys there are, and which row names which.

/// What becomes of a key when the row that it names goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Cascade,
    Protect,
    Restrict,
    SetNull,
    SetDefault,
    SetWith,
    DoNothing,
}

impl Action {
    pub(crate) const ALL: [Self; 7] =
        [Self::Cascade, Self::Protect, Self::Restrict, Self::SetNull, Self::SetDefault, Self::SetWith, Self::DoNothing];

    pub(crate) fn spelt(name: &str) -> Self {
        match name {
            "cascade" => Self::Cascade,
            "protect" => Self::Protect,
            "restrict" => Self::Restrict,
            "set_null" => Self::SetNull,
            "set_default" => Self::SetDefault,
            "set_with" => Self::SetWith,
            "do_nothing" => Self::DoNothing,
            other => panic!("no action is spelt `{other}`"),
        }
    }

    pub(crate) fn falls_back(self) -> bool {
        matches!(self, Self::SetDefault | Self::SetWith)
    }
}

/// A foreign key, or a one-to-one key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) source: usize,
    pub(crate) field: &'static str,
    pub(crate) target: usize,
    pub(crate) action: Action,
    pub(crate) is_nullable: bool,
    pub(crate) is_unique: bool,
}

/// A many-to-many relation whose links the store keeps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Links {
    pub(crate) source: usize,
    pub(crate) name: &'static str,
    pub(crate) target: usize,
    pub(crate) is_symmetrical: bool,
}

/// A many-to-many relation whose links are rows: its name, and places of the two keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Through {
    pub(crate) name: &'static str,
    pub(crate) source_key: usize,
    pub(crate) target_key: usize,
}

/// A rule over the first key of a model and a flag of its rows, the field `flag`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    None,
    /// No two rows have the same key and the same flag.
    UniqueWithFlag,
    /// No two rows with the flag have the same key.
    UniqueWhereFlag,
    /// A row without the flag has a key.
    KeyOrFlag,
}

/// Models with their relations.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) models: Vec<&'static str>,
    pub(crate) keys: Vec<Key>,
    pub(crate) links: Vec<Links>,
    pub(crate) through: Option<Through>,
    /// Of the source of the first key.
    pub(crate) rule: Rule,
}

impl Shape {
    pub(crate) fn of_keys(models: &[&'static str], keys: Vec<Key>) -> Self {
        Self { models: models.to_vec(), keys, links: Vec::new(), through: None, rule: Rule::None }
    }
}

/// What a key falls back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fallback {
    Unnamed,
    Null,
    Row(usize),
}

/// Rows, numbered by model from zero, and what they name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct World {
    /// By model, which of its rows are there.
    pub(crate) rows: Vec<Vec<bool>>,
    /// By key and row of its source.
    pub(crate) keys: Vec<Vec<Option<usize>>>,
    /// By key.
    pub(crate) fallbacks: Vec<Fallback>,
    /// By relation: pairs of rows in order, a symmetrical pair once with the smaller row first.
    pub(crate) links: Vec<Vec<(usize, usize)>>,
    /// By row of the model with the rule.
    pub(crate) flags: Vec<bool>,
}

impl World {
    /// How many rows there were at first.
    pub(crate) fn count(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }
}
