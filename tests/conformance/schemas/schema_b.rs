//! Schema B: regions, people and teams, the models of `schema_b_models.py`.

use relarena::prelude::*;
use relarena_replay::{Recorded, Substitute};

#[derive(Model, Clone)]
pub(crate) struct Region {
    /// `name`: a text.
    name: String,
    /// Its [`Region`], deleted with it.
    #[foreign_key(on_delete = cascade, reverse = SUBREGIONS)]
    parent: Option<Id<Region>>,
    /// Its only [`City`], null when that is deleted.
    #[one_to_one(on_delete = set_null, reverse = CAPITAL_OF)]
    capital: Option<Id<City>>,
}

#[derive(Model, Clone)]
#[many_to_many(TWINS: City, symmetrical)]
pub(crate) struct City {
    /// `name`: a text, unique.
    #[unique]
    name: String,
    /// `population`: a whole number, or null.
    population: Option<i64>,
    /// `coastal`: a truth value.
    coastal: bool,
    /// Its [`Region`], deleted with it.
    #[foreign_key(on_delete = cascade, reverse = CITIES)]
    region: Id<Region>,
}

#[derive(Model, Clone)]
#[many_to_many(KNOWS: Person, reverse = KNOWN_BY, through = Acquaintance(a, b))]
pub(crate) struct Person {
    /// `name`: a text.
    name: String,
    /// `age`: a whole number, or null.
    age: Option<i64>,
    /// Its [`City`], null when that is deleted.
    #[foreign_key(on_delete = set_null, reverse = RESIDENTS)]
    home: Option<Id<City>>,
    /// Its [`City`], which cannot be deleted before this row.
    #[foreign_key(on_delete = protect, reverse = NATIVES)]
    birthplace: Id<City>,
    /// Its only [`Person`], null when that is deleted.
    #[one_to_one(on_delete = set_null, reverse = SPOUSE_OF)]
    spouse: Option<Id<Person>>,
    /// Its [`Person`], to be mended in the same transaction when that is deleted.
    #[foreign_key(on_delete = do_nothing, reverse = REPORTS)]
    boss: Option<Id<Person>>,
    /// Its [`City`], to be mended in the same transaction when that is deleted.
    #[foreign_key(on_delete = do_nothing, reverse = GUARDS)]
    guard: Option<Id<City>>,
}

#[derive(Model, Clone)]
pub(crate) struct Acquaintance {
    /// Its [`Person`], deleted with it.
    #[foreign_key(on_delete = cascade, reverse = ACQ_OUT)]
    a: Id<Person>,
    /// Its [`Person`], deleted with it.
    #[foreign_key(on_delete = cascade, reverse = ACQ_IN)]
    b: Id<Person>,
    /// `years`: a whole number, or null.
    years: Option<i64>,
    /// `close`: a truth value.
    close: bool,
}

#[derive(Model, Clone)]
#[many_to_many(MEMBERS: Person, reverse = TEAMS)]
#[many_to_many(RIVALS: Team, reverse = RIVALS_OF)]
pub(crate) struct Team {
    /// `name`: a text.
    name: String,
    /// Its only [`Person`], null when that is deleted.
    #[one_to_one(on_delete = set_null, reverse = LEADS)]
    lead: Option<Id<Person>>,
}

#[derive(Model, Clone)]
pub(crate) struct Match {
    /// Its [`Team`], deleted with it.
    #[foreign_key(on_delete = cascade, reverse = HOME_MATCHES)]
    home: Id<Team>,
    /// Its [`Team`], which cannot be deleted without this row.
    #[foreign_key(on_delete = restrict, reverse = AWAY_MATCHES)]
    away: Option<Id<Team>>,
    /// `score`: a whole number, or null.
    score: Option<i64>,
    /// `note`: a text, or null.
    note: Option<String>,
    /// Its [`Person`], to be mended in the same transaction when that is deleted.
    #[foreign_key(on_delete = do_nothing, reverse = REFEREED)]
    referee: Option<Id<Person>>,
    /// Its [`City`], null when that is deleted.
    #[foreign_key(on_delete = set_null, reverse = MATCHES)]
    venue: Option<Id<City>>,
}

#[derive(Model, Clone)]
pub(crate) struct Badge {
    /// Its only [`Person`], deleted with it.
    #[one_to_one(on_delete = cascade, reverse = BADGE)]
    owner: Id<Person>,
    /// `number`: a whole number, unique.
    #[unique]
    number: i64,
    /// `color`: a text, or null.
    color: Option<String>,
    /// Its only [`Person`], to be mended in the same transaction when that is deleted.
    #[one_to_one(on_delete = do_nothing, reverse = DEPUTY_BADGE)]
    deputy: Option<Id<Person>>,
}

#[derive(Schema)]
pub(crate) struct SchemaB {
    /// All rows of [`Region`].
    regions: Table<Region>,
    /// All rows of [`City`].
    cities: Table<City>,
    /// All rows of [`Person`].
    persons: Table<Person>,
    /// All rows of [`Acquaintance`].
    acquaintances: Table<Acquaintance>,
    /// All rows of [`Team`].
    teams: Table<Team>,
    /// All rows of [`Match`].
    matches: Table<Match>,
    /// All rows of [`Badge`].
    badges: Table<Badge>,
}

impl Recorded for SchemaB {
    const SUBSTITUTES: &'static [Substitute] = &[];
}
