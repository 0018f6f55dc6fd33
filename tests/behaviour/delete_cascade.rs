//! Deletes that take referrers along: each row once, counted once (SEMANTICS D1 to D3, D17, D21, D27, D31).

use relarena::DeleteReport;
use relarena::prelude::*;

use crate::support::{Outcome, dump, sound};

#[derive(Model, Clone, Debug)]
struct Country {}

#[derive(Model, Clone, Debug)]
struct City {
    #[foreign_key(on_delete = cascade, reverse = CITIES)]
    country: Id<Country>,
}

#[derive(Model, Clone, Debug)]
struct Person {
    #[foreign_key(on_delete = cascade, reverse = CITIZENS)]
    country: Id<Country>,
    #[foreign_key(on_delete = cascade, reverse = RESIDENTS)]
    home: Option<Id<City>>,
    /// Nobody can ask who works in a city, and still the key counts.
    #[foreign_key(on_delete = cascade)]
    workplace: Option<Id<City>>,
    #[foreign_key(on_delete = set_null, reverse = FANS)]
    favourite: Option<Id<City>>,
}

#[derive(Model, Clone, Debug)]
struct Passport {
    #[one_to_one(on_delete = cascade, reverse = PASSPORT)]
    holder: Id<Person>,
}

#[derive(Model, Clone, Debug)]
struct Link {
    #[foreign_key(on_delete = cascade, reverse = NEXT)]
    previous: Option<Id<Link>>,
}

/// Trees, bushes and leaves go with what they stand on, and nothing else concerns them: no plan is made for their deletes.
#[derive(Model, Clone, Debug)]
struct Garden {}

#[derive(Model, Clone, Debug)]
struct Tree {
    #[foreign_key(on_delete = cascade, reverse = TREES)]
    garden: Option<Id<Garden>>,
}

#[derive(Model, Clone, Debug)]
struct Leaf {
    #[foreign_key(on_delete = cascade, reverse = LEAVES)]
    tree: Id<Tree>,
}

#[derive(Model, Clone, Debug)]
struct Nest {
    #[one_to_one(on_delete = cascade, reverse = NEST)]
    tree: Id<Tree>,
}

#[derive(Schema)]
struct Park {
    leaves: Table<Leaf>,
    trees: Table<Tree>,
    nests: Table<Nest>,
    gardens: Table<Garden>,
}

type Delete = fn(&mut Store<Park>, &[Id<Tree>]) -> Outcome<DeleteReport>;

/// Two gardens, seven trees, some with a nest, and so many leaves on each that their sets lie in heads, blocks and a hub.
fn park() -> Outcome<(Store<Park>, Vec<Id<Tree>>)> {
    let mut db = Store::<Park>::new();
    let gardens = db.insert_many([Garden {}, Garden {}])?;
    let garden = |place: usize| gardens.get(place % 3).copied();
    let trees = db.insert_many((0..7).map(|place| Tree { garden: garden(place) }))?;
    for (&tree, leaves) in trees.iter().zip([2, 0, 3, 4, 40, 1500, 1]) {
        db.insert_many((0..leaves).map(|_| Leaf { tree }))?;
    }
    db.insert_many([0, 4, 5].map(|place| Nest { tree: trees[place] }))?;
    db.delete(trees[3])?;
    Ok((db, trees))
}

#[derive(Schema)]
struct World {
    countries: Table<Country>,
    cities: Table<City>,
    people: Table<Person>,
    passports: Table<Passport>,
    links: Table<Link>,
}

fn citizen(country: Id<Country>) -> Person {
    Person { country, home: None, workplace: None, favourite: None }
}

#[test]
fn referrers_go_with_the_row_at_any_depth() -> Outcome {
    let mut db = Store::<World>::new();
    let country = db.insert(Country {})?;
    let city = db.insert(City { country })?;
    let elsewhere = db.insert(Country {})?;
    let person = db.insert(Person { home: Some(city), ..citizen(elsewhere) })?;
    db.insert(Passport { holder: person })?;
    let report = db.delete(country)?;
    assert_eq!(report.total, 4);
    assert_eq!((db.len::<Country>(), db.len::<City>(), db.len::<Person>(), db.len::<Passport>()), (1, 0, 0, 0));
    sound(&db);
    Ok(())
}

#[test]
fn the_report_counts_only_models_of_which_a_row_went() -> Outcome {
    let mut db = Store::<World>::new();
    let country = db.insert(Country {})?;
    db.insert_many([City { country }, City { country }])?;
    let report = db.delete(country)?;
    assert_eq!(report.rows().collect::<Vec<_>>(), [("Country", 1), ("City", 2)]);
    assert_eq!((report.of::<City>(), report.of::<Person>()), (2, 0));
    sound(&db);
    Ok(())
}

#[test]
fn a_report_prints_its_counts_by_name() -> Outcome {
    let mut db = Store::<World>::new();
    let country = db.insert(Country {})?;
    db.insert_many([City { country }, City { country }])?;
    let report = db.delete(country)?;
    let printed = r#"DeleteReport { total: 3, rows: [("Country", 1), ("City", 2)], links: [] }"#;
    assert_eq!(format!("{report:?}"), printed);
    Ok(())
}

#[test]
fn a_cascade_goes_through_a_nullable_key() -> Outcome {
    let mut db = Store::<World>::new();
    let country = db.insert(Country {})?;
    let elsewhere = db.insert(Country {})?;
    let city = db.insert(City { country })?;
    db.insert(Person { home: Some(city), ..citizen(elsewhere) })?;
    assert_eq!(db.delete(city)?.of::<Person>(), 1);
    sound(&db);
    Ok(())
}

#[test]
fn a_key_without_a_reverse_name_cascades_too() -> Outcome {
    let mut db = Store::<World>::new();
    let country = db.insert(Country {})?;
    let city = db.insert(City { country })?;
    db.insert(Person { workplace: Some(city), ..citizen(country) })?;
    assert_eq!(db.delete(city)?.of::<Person>(), 1);
    sound(&db);
    Ok(())
}

#[test]
fn a_row_reached_on_two_paths_counts_once() -> Outcome {
    let mut db = Store::<World>::new();
    let country = db.insert(Country {})?;
    let city = db.insert(City { country })?;
    db.insert(Person { home: Some(city), workplace: Some(city), ..citizen(country) })?;
    assert_eq!(db.delete(country)?.total, 3);
    sound(&db);
    Ok(())
}

#[test]
fn a_row_that_one_key_would_null_and_another_dooms_is_deleted() -> Outcome {
    let mut db = Store::<World>::new();
    let country = db.insert(Country {})?;
    let city = db.insert(City { country })?;
    let person = db.insert(Person { favourite: Some(city), ..citizen(country) })?;
    db.delete(country)?;
    assert!(!db.contains(person));
    sound(&db);
    Ok(())
}

#[test]
fn a_row_that_refers_to_itself_is_deleted_once() -> Outcome {
    let mut db = Store::<World>::new();
    let link = db.insert(Link { previous: None })?;
    db.set(link, Link::PREVIOUS, Some(link))?;
    assert_eq!(db.delete(link)?.total, 1);
    sound(&db);
    Ok(())
}

#[test]
fn a_ring_is_deleted_whole_from_any_of_its_rows() -> Outcome {
    let mut db = Store::<World>::new();
    let first = db.insert(Link { previous: None })?;
    let second = db.insert(Link { previous: Some(first) })?;
    let third = db.insert(Link { previous: Some(second) })?;
    db.set(first, Link::PREVIOUS, Some(third))?;
    assert_eq!(db.delete(second)?.total, 3);
    assert!(db.is_empty::<Link>());
    sound(&db);
    Ok(())
}

#[test]
fn rows_outside_the_closure_stay() -> Outcome {
    let mut db = Store::<World>::new();
    let (here, there) = (db.insert(Country {})?, db.insert(Country {})?);
    db.insert(City { country: here })?;
    let safe = db.insert(City { country: there })?;
    db.delete(here)?;
    assert_eq!((db.rows::<City>().ids(), db.rows::<Country>().ids()), (vec![safe], vec![there]));
    sound(&db);
    Ok(())
}

#[test]
fn a_set_delete_counts_rows_named_twice_or_below_each_other_once() -> Outcome {
    let mut db = Store::<World>::new();
    let first = db.insert(Link { previous: None })?;
    let second = db.insert(Link { previous: Some(first) })?;
    assert_eq!(db.delete_many([second, first, second])?.total, 2);
    sound(&db);
    Ok(())
}

#[test]
fn a_delete_without_a_plan_leaves_what_one_that_can_be_undone_leaves() -> Outcome {
    let deletes: [Delete; 4] = [
        |db, _| db.delete(db.rows::<Garden>().ids()[0]),
        |db, trees| db.delete(trees[5]),
        |db, trees| db.delete_many([trees[5], trees[0], trees[3], trees[5], trees[6]]),
        |db, _| db.delete_where::<Leaf>(|leaf| leaf.id().slot() % 3 == 1),
    ];
    for delete in deletes {
        let ((mut db, trees), (mut other, _)) = (park()?, park()?);
        let report = delete(&mut db, &trees)?;
        let recorded = other.transaction(|tx| delete(tx, &trees))?;
        assert!(report.total > 1 && report == recorded, "{report:?} {recorded:?}");
        sound(&db);
        for db in [&mut db, &mut other] {
            let tree = db.insert(Tree { garden: db.rows::<Garden>().ids().last().copied() })?;
            db.insert_many((0..20).map(|_| Leaf { tree }))?;
            db.insert(Nest { tree })?;
            sound(db);
        }
        assert_eq!(dump(&db), dump(&other));
    }
    Ok(())
}

#[test]
fn a_set_delete_of_rows_that_are_gone_is_no_error() -> Outcome {
    let mut db = Store::<World>::new();
    let link = db.insert(Link { previous: None })?;
    db.delete(link)?;
    let report = db.delete_many([link])?;
    assert_eq!((report.total, report.rows().count()), (0, 0));
    assert_eq!(db.delete_where::<Country>(|_| true)?.total, 0);
    sound(&db);
    Ok(())
}

#[test]
fn a_conditional_delete_may_look_along_relations() -> Outcome {
    let mut db = Store::<World>::new();
    let (here, there) = (db.insert(Country {})?, db.insert(Country {})?);
    db.insert_many([City { country: here }, City { country: there }, City { country: here }])?;
    let report = db.delete_where::<City>(|city| city.follow(City::COUNTRY).id() == here)?;
    assert_eq!((report.total, db.len::<City>()), (2, 1));
    sound(&db);
    Ok(())
}

/// I7: planning never writes.
#[test]
fn a_plan_lists_what_a_delete_does_and_changes_nothing() -> Outcome {
    let mut db = Store::<World>::new();
    let country = db.insert(Country {})?;
    let city = db.insert(City { country })?;
    let elsewhere = db.insert(Country {})?;
    let fan = db.insert(Person { favourite: Some(city), ..citizen(elsewhere) })?;
    let before = dump(&db);
    let plan = db.plan_delete(country)?;
    assert_eq!((plan.total(), plan.of::<City>().collect::<Vec<_>>()), (2, vec![city]));
    assert_eq!(plan.counts(), [("Country", 1), ("City", 1)]);
    let rewritten: Vec<_> = plan.rewritten.iter().map(|change| (change.row, change.to)).collect();
    assert_eq!(rewritten, [(db.key_of(fan), None)]);
    assert!(!plan.is_blocked());
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn a_plan_says_how_each_row_is_reached() -> Outcome {
    let mut db = Store::<World>::new();
    let country = db.insert(Country {})?;
    db.insert(City { country })?;
    let steps: Vec<_> =
        db.plan_delete(country)?.doomed.iter().map(|step| step.relation.map(|name| name.to_string())).collect();
    assert_eq!(steps, [None, Some("City.country".to_string())]);
    sound(&db);
    Ok(())
}

/// Two models whose rows take each other along.
#[derive(Model, Clone, Debug)]
struct Owner {
    #[foreign_key(on_delete = cascade, reverse = TENANTS)]
    house: Option<Id<House>>,
}

#[derive(Model, Clone, Debug)]
struct House {
    #[foreign_key(on_delete = cascade, reverse = HOUSES)]
    owner: Id<Owner>,
}

#[derive(Schema)]
struct Street {
    owners: Table<Owner>,
    houses: Table<House>,
}

#[test]
fn rows_of_several_models_that_are_named_and_also_reached_go_once() -> Outcome {
    let mut db = Store::<Street>::new();
    let first = db.insert(Owner { house: None })?;
    let house = db.insert(House { owner: first })?;
    let second = db.insert(Owner { house: Some(house) })?;
    let other = db.insert(House { owner: second })?;
    let stays = db.insert(Owner { house: None })?;
    let [first, house, second, other] = [db.key_of(first), db.key_of(house), db.key_of(second), db.key_of(other)];
    for named in [
        &[first, second, house][..],
        &[first, house, second],
        &[house, second, first],
        &[house, other, first],
        &[second, first, other, house],
        &[first, first, house, house],
    ] {
        assert_eq!(db.plan_delete_keys(named).total(), 4);
        let mut copy = db.clone();
        let report = copy.delete_keys(named)?;
        assert_eq!((report.total, report.of::<Owner>(), report.of::<House>()), (4, 2, 2));
        assert_eq!(copy.rows::<Owner>().ids(), [stays]);
        sound(&copy);
    }
    Ok(())
}

#[test]
fn a_plan_and_a_report_tell_each_model_apart() -> Outcome {
    let mut db = Store::<Street>::new();
    let owner = db.insert(Owner { house: None })?;
    let houses = db.insert_many([House { owner }, House { owner }])?;
    let plan = db.plan_delete(owner)?;
    assert!(plan.of::<Owner>().eq([owner]) && plan.of::<House>().eq(houses));
    assert_eq!(plan.counts(), [("Owner", 1), ("House", 2)]);
    let mut counts: Vec<_> = db.delete(owner)?.rows().collect();
    counts.sort_unstable();
    assert_eq!(counts, [("House", 2), ("Owner", 1)]);
    Ok(())
}
