//! Lists of changes read by name, for logs, inspectors and the wire.

use core::fmt;

use super::{Changes, LinkChange, SlotChange, SubstituteChange, Version};
use crate::catalog::Catalog;
use crate::error::{Error, RelationName};
use crate::id::RowKey;
use crate::journal::Substitute;
use crate::model::same_value;
use crate::table::{Schema, Tables, field_value};
use crate::value::Value;

/// One change by name.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Changed<'c> {
    /// A row that is new.
    Inserted(ChangedRowByName<'c>),
    /// A row that is there before and after, and differs.
    Updated(ChangedRowByName<'c>),
    /// A row that is gone.
    Deleted(ChangedRowByName<'c>),
    /// A link that is new.
    Linked(ChangedLinkByName),
    /// A link that is gone.
    Unlinked(ChangedLinkByName),
    /// A key falls back to another row than before (`set_substitute`).
    Substitute {
        /// The key.
        relation: RelationName,
        /// What it fell back to: `None` if nothing was named, and `Some(None)` for null.
        old: Option<Option<RowKey>>,
        /// What it falls back to now.
        new: Option<Option<RowKey>>,
    },
}

/// A row as it was and as it is, by name.
#[derive(Clone, Copy)]
pub struct ChangedRowByName<'c> {
    catalog: &'c Catalog,
    tables: &'c dyn Tables,
    row: RowKey,
    old: Option<u32>,
    new: Option<u32>,
}

/// A link by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedLinkByName {
    /// The relation.
    pub relation: RelationName,
    /// The row of the declaring model.
    pub source: RowKey,
    /// The other row.
    pub target: RowKey,
}

impl<S: Schema> Changes<S> {
    /// All changes by name: rows, links, named substitutes. O(changes) for the whole walk.
    ///
    /// ```
    /// # use relarena::prelude::*;
    /// # #[derive(Model, Clone)] struct Piece { square: u8, colour: u8 }
    /// # #[derive(Schema)] struct Board { pieces: Table<Piece> }
    /// # let mut db = Store::<Board>::new();
    /// let rook = db.insert(Piece { square: 3, colour: 0 })?;
    /// let mark = db.mark()?;
    /// db.set(rook, Piece::SQUARE, 7)?;
    /// let texts: Vec<String> = db.changes_since(mark)?.iter().map(|change| format!("{change:?}")).collect();
    /// assert_eq!(texts, ["updated Piece#0v1: square 3 -> 7"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Changed<'_>> {
        let rows = self.rows.iter().flat_map(|row| self.named_rows(row));
        let links = self.links.iter().map(|link| self.named_link(link));
        rows.chain(links).chain(self.substitutes.iter().map(|change| self.named_substitute(change)))
    }

    fn named_rows(&self, change: &SlotChange) -> impl Iterator<Item = Changed<'_>> {
        let row = |version: Version, old: Option<Version>, new: Option<Version>| ChangedRowByName {
            catalog: &self.catalog,
            tables: &self.kept.tables,
            row: self.catalog.row_key(change.model, version.id),
            old: old.map(|version| version.place),
            new: new.map(|version| version.place),
        };
        match (change.old, change.new) {
            (Some(old), Some(new)) if old.id == new.id => {
                [Some(Changed::Updated(row(old, Some(old), Some(new)))), None]
            }
            (old, new) => [
                old.map(|old| Changed::Deleted(row(old, Some(old), None))),
                new.map(|new| Changed::Inserted(row(new, None, Some(new)))),
            ],
        }
        .into_iter()
        .flatten()
    }

    fn named_link(&self, change: &LinkChange) -> Changed<'_> {
        let info = &self.catalog.links()[change.link];
        let link = ChangedLinkByName {
            relation: info.name,
            source: self.catalog.row_key(info.source, change.source),
            target: self.catalog.row_key(info.target, change.target),
        };
        if change.is_linked { Changed::Linked(link) } else { Changed::Unlinked(link) }
    }

    fn named_substitute(&self, change: &SubstituteChange) -> Changed<'_> {
        let info = &self.catalog.relations()[change.relation];
        let row = |substitute| match substitute {
            Substitute::Unnamed => None,
            Substitute::Null => Some(None),
            Substitute::Row(row) => Some(Some(self.catalog.row_key(info.target, row))),
        };
        Changed::Substitute { relation: info.name, old: row(change.old), new: row(change.new) }
    }
}

impl ChangedRowByName<'_> {
    /// The row. O(1).
    pub fn row(&self) -> RowKey {
        self.row
    }

    /// What a field was; `None` if the row is new. An opaque field reads as null. O(size of the value).
    ///
    /// # Errors
    ///
    /// [`Error::UnknownField`].
    pub fn before(&self, field: &str) -> Result<Option<Value>, Error> {
        self.value(self.old, field)
    }

    /// What a field is now; `None` if the row is gone. An opaque field reads as null. O(size of the value).
    ///
    /// # Errors
    ///
    /// [`Error::UnknownField`].
    pub fn after(&self, field: &str) -> Result<Option<Value>, Error> {
        self.value(self.new, field)
    }

    /// The fields that differ, with what they were and are: all fields of a row that is new or gone. A field whose type
    /// the by-name face cannot read is never among those of an updated row. O(size of the row).
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, Option<Value>, Option<Value>)> {
        let row = *self;
        let fields = row.catalog.models()[row.row.model_index()].descriptor.fields.iter().enumerate();
        fields.filter_map(move |(place, field)| {
            let (old, new) = (row.value_at(row.old, place), row.value_at(row.new, place));
            let is_same = matches!((&old, &new), (Some(old), Some(new)) if same_value(old, new));
            (!is_same).then_some((field.name, old, new))
        })
    }

    fn value(&self, place: Option<u32>, field: &str) -> Result<Option<Value>, Error> {
        let field = self.catalog.field(self.row.model_index(), field)?;
        Ok(self.value_at(place, field))
    }

    fn value_at(&self, place: Option<u32>, field: usize) -> Option<Value> {
        place.map(|place| field_value(self.catalog, self.tables, self.row.model_index(), place, field))
    }
}

impl fmt::Debug for Changed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inserted(row) => write!(formatter, "inserted {row:?}"),
            Self::Updated(row) => write!(formatter, "updated {row:?}"),
            Self::Deleted(row) => write!(formatter, "deleted {row:?}"),
            Self::Linked(link) => write!(formatter, "linked {link}"),
            Self::Unlinked(link) => write!(formatter, "unlinked {link}"),
            Self::Substitute { relation, old, new } => {
                write!(formatter, "substitute of {relation}: {old:?} -> {new:?}")
            }
        }
    }
}

impl fmt::Debug for ChangedRowByName<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.row)?;
        for (place, (field, old, new)) in self.fields().enumerate() {
            write!(formatter, "{} {field} ", if place == 0 { ":" } else { "," })?;
            match (old, new) {
                (Some(old), Some(new)) => write!(formatter, "{old} -> {new}")?,
                (one, other) => one.or(other).map_or(Ok(()), |value| write!(formatter, "{value}"))?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for ChangedLinkByName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} with {}", self.relation, self.source, self.target)
    }
}
