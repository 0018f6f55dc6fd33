//! One compact schema that contains every rule. Its fields have few values, so that they meet.

use proptest::option;
use proptest::prelude::{Just, prop_oneof};
use proptest::strategy::Strategy;
use proptest::string::string_regex;
use relarena::prelude::*;

/// Read once, where a pattern as a strategy is read for every text.
fn notes() -> impl Strategy<Value = String> {
    string_regex("[ab]{0,2}").expect("the pattern is well formed")
}

#[derive(Model, Clone, Debug, PartialEq)]
#[many_to_many(LIKES: Person, reverse = LIKED_BY)]
#[many_to_many(FRIENDS: Person, symmetrical)]
#[many_to_many(CLUBS: Club, reverse = MEMBERS, through = Membership(person, club))]
#[check(name = "age_from_zero", |person| person.age.map(|age| age >= 0))]
pub(crate) struct Person {
    #[unique]
    #[strategy(0..12_u8)]
    pub(crate) name: u8,
    #[unique]
    #[strategy(option::of(0..5_u8))]
    pub(crate) nick: Option<u8>,
    #[strategy(option::of(-1..4_i64))]
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
    #[strategy(0..5_u8)]
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
    #[strategy(prop_oneof![0..4_i64, Just(3_i64)])]
    pub(crate) weight: i64,
    #[strategy(notes())]
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
    #[strategy(0..4_u8)]
    pub(crate) label: u8,
    #[strategy(notes())]
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
    #[strategy(0..6_u8)]
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
