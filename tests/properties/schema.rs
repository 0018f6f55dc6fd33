//! One compact schema that contains every rule: typed for the store, and as data for the reference.

use std::collections::BTreeMap;

use relarena::OnDelete::{self, Cascade, DoNothing, Protect, Restrict, SetDefault, SetNull, SetWith};
use relarena::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
#[many_to_many(LIKES: Person, reverse = LIKED_BY)]
#[many_to_many(FRIENDS: Person, symmetrical)]
#[many_to_many(CLUBS: Club, reverse = MEMBERS, through = Membership(person, club))]
#[check(name = "age_from_zero", |person| person.age.map(|age| age >= 0))]
pub(crate) struct Person {
    #[unique]
    pub(crate) name: u8,
    #[unique]
    pub(crate) nick: Option<u8>,
    pub(crate) age: Option<i64>,
    #[foreign_key(on_delete = cascade, reverse = CHILDREN)]
    pub(crate) parent: Option<Id<Person>>,
    #[foreign_key(on_delete = protect, reverse = PUPILS)]
    pub(crate) mentor: Option<Id<Person>>,
    #[foreign_key(on_delete = restrict, reverse = STAFF)]
    pub(crate) boss: Option<Id<Person>>,
    /// With `Club::owner` a cycle between two models.
    #[foreign_key(on_delete = cascade, reverse = RESIDENTS)]
    pub(crate) home: Option<Id<Club>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[many_to_many(TAGS: Tag, reverse = CARRIERS)]
#[unique_together(owner, title)]
#[unique_together(deputy, open)]
#[unique_together(title, where = |club| club.open, name = "open_title")]
pub(crate) struct Club {
    pub(crate) title: u8,
    pub(crate) open: bool,
    #[foreign_key(on_delete = cascade, reverse = OWNED)]
    pub(crate) owner: Id<Person>,
    #[foreign_key(on_delete = set_default, reverse = DEPUTY_OF)]
    pub(crate) deputy: Option<Id<Person>>,
    #[foreign_key(on_delete = set_with, reverse = GUEST_OF)]
    pub(crate) guest: Id<Person>,
}

/// `club` cascades from a club's owner, whom `holder` restricts: a diamond.
#[derive(Model, Clone, Debug, PartialEq)]
#[check(name = "heavy_needs_spare", |item| item.weight < 3 || item.spare.is_some())]
pub(crate) struct Item {
    pub(crate) weight: i64,
    pub(crate) note: String,
    #[foreign_key(on_delete = cascade, reverse = ITEMS)]
    pub(crate) club: Id<Club>,
    #[foreign_key(on_delete = restrict, reverse = HELD)]
    pub(crate) holder: Option<Id<Person>>,
    #[foreign_key(on_delete = protect, reverse = MADE)]
    pub(crate) maker: Option<Id<Person>>,
    #[foreign_key(on_delete = set_null, reverse = SPARED)]
    pub(crate) spare: Option<Id<Person>>,
    #[foreign_key(on_delete = do_nothing, reverse = ORIGINATED)]
    pub(crate) origin: Option<Id<Club>>,
    #[foreign_key(on_delete = protect, reverse = BADGES)]
    pub(crate) badge: Option<Id<Membership>>,
}

/// Without rules: the short ways of `set` and of rewritten keys.
#[derive(Model, Clone, Debug, PartialEq)]
pub(crate) struct Tag {
    pub(crate) label: u8,
    pub(crate) note: String,
    #[foreign_key(on_delete = set_with, reverse = SOURCED)]
    pub(crate) source: Option<Id<Club>>,
    #[foreign_key(on_delete = set_null, reverse = BELOW)]
    pub(crate) above: Option<Id<Tag>>,
    #[foreign_key(on_delete = set_default, reverse = ABOUT_THEM)]
    pub(crate) about: Option<Id<Person>>,
    #[foreign_key(on_delete = do_nothing, reverse = WROTE)]
    pub(crate) by: Option<Id<Person>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub(crate) struct Desk {
    #[one_to_one(on_delete = cascade, reverse = DESK)]
    pub(crate) user: Id<Person>,
    #[one_to_one(on_delete = set_null, reverse = DRAWER)]
    pub(crate) drawer: Option<Id<Person>>,
    #[one_to_one(on_delete = set_default, reverse = SEAT)]
    pub(crate) seat: Option<Id<Person>>,
    #[one_to_one(on_delete = do_nothing, reverse = LAMP)]
    pub(crate) lamp: Option<Id<Tag>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[unique_together(club, level)]
pub(crate) struct Membership {
    pub(crate) level: u8,
    #[foreign_key(on_delete = set_null, reverse = MEMBERSHIPS)]
    pub(crate) person: Option<Id<Person>>,
    #[foreign_key(on_delete = cascade, reverse = MEMBERSHIPS)]
    pub(crate) club: Id<Club>,
}

#[derive(Schema)]
pub(crate) struct World {
    persons: Table<Person>,
    clubs: Table<Club>,
    items: Table<Item>,
    tags: Table<Tag>,
    desks: Table<Desk>,
    memberships: Table<Membership>,
}

/// A row's name in a test: given once, in the order of creation.
pub(crate) type Label = u32;
/// Names no row, ever.
pub(crate) const NEVER: Label = Label::MAX;

/// A field's value as the reference sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Key(Label),
}

pub(crate) type Fields = BTreeMap<&'static str, Cell>;

pub(crate) enum Kind {
    Int { from: i64, count: i64 },
    MaybeInt { from: i64, count: i64 },
    Flag,
    Text,
    Key { target: &'static str, on_delete: OnDelete, nullable: bool },
}

pub(crate) struct UniqueSpec {
    pub(crate) fields: &'static [&'static str],
    pub(crate) counts: fn(&Fields) -> bool,
}

pub(crate) struct ModelSpec {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [(&'static str, Kind)],
    pub(crate) uniques: &'static [UniqueSpec],
    pub(crate) passes: fn(&Fields) -> bool,
}

const fn key(target: &'static str, on_delete: OnDelete) -> Kind {
    Kind::Key { target, on_delete, nullable: true }
}
const fn required(target: &'static str, on_delete: OnDelete) -> Kind {
    Kind::Key { target, on_delete, nullable: false }
}
const fn unique(fields: &'static [&'static str]) -> UniqueSpec {
    UniqueSpec { fields, counts: |_| true }
}

pub(crate) static MODELS: [ModelSpec; 6] = [
    ModelSpec {
        name: "Person",
        fields: &[
            ("name", Kind::Int { from: 0, count: 12 }),
            ("nick", Kind::MaybeInt { from: 0, count: 5 }),
            ("age", Kind::MaybeInt { from: -1, count: 5 }),
            ("parent", key("Person", Cascade)),
            ("mentor", key("Person", Protect)),
            ("boss", key("Person", Restrict)),
            ("home", key("Club", Cascade)),
        ],
        uniques: &[unique(&["name"]), unique(&["nick"])],
        passes: |row| row["age"] == Cell::Null || row["age"] >= Cell::Int(0),
    },
    ModelSpec {
        name: "Club",
        fields: &[
            ("title", Kind::Int { from: 0, count: 5 }),
            ("open", Kind::Flag),
            ("owner", required("Person", Cascade)),
            ("deputy", key("Person", SetDefault)),
            ("guest", required("Person", SetWith)),
        ],
        uniques: &[
            unique(&["owner", "title"]),
            unique(&["deputy", "open"]),
            UniqueSpec { fields: &["title"], counts: |row| row["open"] == Cell::Bool(true) },
        ],
        passes: |_| true,
    },
    ModelSpec {
        name: "Item",
        fields: &[
            ("weight", Kind::Int { from: 0, count: 4 }),
            ("note", Kind::Text),
            ("club", required("Club", Cascade)),
            ("holder", key("Person", Restrict)),
            ("maker", key("Person", Protect)),
            ("spare", key("Person", SetNull)),
            ("origin", key("Club", DoNothing)),
            ("badge", key("Membership", Protect)),
        ],
        uniques: &[],
        passes: |row| row["weight"] < Cell::Int(3) || row["spare"] != Cell::Null,
    },
    ModelSpec {
        name: "Tag",
        fields: &[
            ("label", Kind::Int { from: 0, count: 4 }),
            ("note", Kind::Text),
            ("source", key("Club", SetWith)),
            ("above", key("Tag", SetNull)),
            ("about", key("Person", SetDefault)),
            ("by", key("Person", DoNothing)),
        ],
        uniques: &[],
        passes: |_| true,
    },
    ModelSpec {
        name: "Desk",
        fields: &[
            ("user", required("Person", Cascade)),
            ("drawer", key("Person", SetNull)),
            ("seat", key("Person", SetDefault)),
            ("lamp", key("Tag", DoNothing)),
        ],
        uniques: &[unique(&["user"]), unique(&["drawer"]), unique(&["seat"]), unique(&["lamp"])],
        passes: |_| true,
    },
    ModelSpec {
        name: "Membership",
        fields: &[
            ("level", Kind::Int { from: 0, count: 6 }),
            ("person", key("Person", SetNull)),
            ("club", required("Club", Cascade)),
        ],
        uniques: &[unique(&["club", "level"])],
        passes: |_| true,
    },
];

pub(crate) fn model(name: &str) -> &'static ModelSpec {
    MODELS.iter().find(|model| model.name == name).expect("tests name models of the schema")
}

/// Keys that fall back to a named row.
pub(crate) const SUBSTITUTED: [(&str, &str); 5] =
    [("Club", "deputy"), ("Club", "guest"), ("Tag", "source"), ("Tag", "about"), ("Desk", "seat")];

/// An end of a many-to-many relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Likes,
    LikedBy,
    Friends,
    Tags,
    Carriers,
    Clubs,
    Members,
}

pub(crate) const ENDS: [End; 7] =
    [End::Likes, End::LikedBy, End::Friends, End::Tags, End::Carriers, End::Clubs, End::Members];

impl End {
    /// Name on its model, model here, model there.
    pub(crate) fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Likes => ("likes", "Person", "Person"),
            Self::LikedBy => ("liked_by", "Person", "Person"),
            Self::Friends => ("friends", "Person", "Person"),
            Self::Tags => ("tags", "Club", "Tag"),
            Self::Carriers => ("carriers", "Tag", "Club"),
            Self::Clubs => ("clubs", "Person", "Club"),
            Self::Members => ("members", "Club", "Person"),
        }
    }

    /// Name of the relation as reports tell it.
    pub(crate) fn link(self) -> &'static str {
        match self {
            Self::Likes | Self::LikedBy => "Person.likes",
            Self::Friends => "Person.friends",
            Self::Tags | Self::Carriers => "Club.tags",
            Self::Clubs | Self::Members => "Person.clubs",
        }
    }

    pub(crate) fn is_through(self) -> bool {
        matches!(self, Self::Clubs | Self::Members)
    }

    /// Source and target of a link of `here` with `there`.
    pub(crate) fn pair(self, here: Label, there: Label) -> (Label, Label) {
        match self {
            Self::LikedBy | Self::Carriers | Self::Members => (there, here),
            Self::Likes | Self::Friends | Self::Tags | Self::Clubs => (here, there),
        }
    }
}
