//! A documented program: the derives add nothing that a strict lint would complain of.

#![deny(warnings, missing_docs, unused_qualifications)]
#![deny(unused_lifetimes, single_use_lifetimes, unused_results, trivial_casts, trivial_numeric_casts)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::allow_attributes)]
#![deny(clippy::as_conversions, clippy::missing_docs_in_private_items, clippy::allow_attributes_without_reason)]

pub mod world {
    //! All public.
    use relarena::prelude::*;

    /// A person.
    #[derive(Model, Clone, Debug)]
    #[many_to_many(CLUBS: Club, reverse = MEMBERS, through = Membership)]
    #[many_to_many(FRIENDS: Self, symmetrical)]
    #[check(name = "grown up", |row| row.age >= 18)]
    pub struct Person {
        /// The name.
        #[unique]
        pub name: String,
        /// The age.
        pub age: u32,
        /// Whom they follow.
        #[foreign_key(on_delete = set_null, reverse = FOLLOWERS)]
        pub idol: Option<Id<Self>>,
    }

    /// A club.
    #[derive(Model, Clone, Debug)]
    #[unique_together(name, city, where = |row| row.open, name = "one open club of a name")]
    pub struct Club {
        /// The name.
        pub name: String,
        /// The city.
        pub city: Option<String>,
        /// Whether it is open.
        pub open: bool,
        /// The chair.
        #[one_to_one(on_delete = protect, reverse = CHAIRS)]
        pub chair: Id<Person>,
    }

    /// A membership.
    #[derive(Model, Clone, Debug)]
    pub struct Membership {
        /// The club.
        #[foreign_key(on_delete = cascade, reverse = MEMBERSHIPS)]
        pub club: Id<Club>,
        /// The person.
        #[foreign_key(on_delete = cascade, reverse = MEMBERSHIPS)]
        pub person: Id<Person>,
        /// The fee.
        #[field(default = 10)]
        pub fee: u32,
    }

    /// The schema.
    #[derive(Schema)]
    pub struct Town {
        /// People.
        pub people: Table<Person>,
        /// Clubs.
        pub clubs: Table<Club>,
        /// Memberships.
        pub memberships: Table<Membership>,
    }
}

/// Opens a store.
pub fn main() {
    let db = relarena::Store::<world::Town>::new();
    assert!(db.is_empty::<world::Club>());
}
