use relarena::prelude::*;

#[derive(Model, Clone)]
#[many_to_many(CLUBS: Club, reverse = MEMBERS, through = Membership)]
struct Person {
    name: String,
}

#[derive(Model, Clone)]
struct Club {
    name: String,
}

#[derive(Model, Clone)]
struct Membership {
    #[foreign_key(on_delete = cascade)]
    person: Id<Person>,
    #[foreign_key(on_delete = cascade)]
    club: Id<Club>,
}

#[derive(Schema)]
struct Library {
    people: Table<Person>,
    clubs: Table<Club>,
}

fn main() {}
