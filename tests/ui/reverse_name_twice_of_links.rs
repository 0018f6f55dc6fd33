use relarena::prelude::*;

#[derive(Model, Clone)]
#[many_to_many(CLUBS: Club, reverse = MEMBERS)]
#[many_to_many(LED: Club, reverse = MEMBERS)]
struct Person {
    name: String,
}

#[derive(Model, Clone)]
struct Club {
    name: String,
}

#[derive(Schema)]
struct Library {
    people: Table<Person>,
    clubs: Table<Club>,
}

fn main() {}
