//! Queries by name ask what Django's ask: steps in any order, keys that dangle, and conditions that others send. Recorded
//! answers of the real Django are in `tests/conformance`.

use relarena::Condition;
use relarena::prelude::*;
use relarena::query::{AggregateKind, Lookup, NamedAggregate, NamedCondition, NamedOperand, NamedOrder};

use crate::support::{Outcome, give_up, sound};

#[derive(Model, Clone, Debug)]
struct Port {
    name: String,
    #[foreign_key(on_delete = cascade, reverse = CAPITALS)]
    capital: Option<Id<Port>>,
}

#[derive(Model, Clone, Debug)]
#[many_to_many(PASSENGERS: Port, reverse = CARRIERS, through = Ticket)]
struct Ship {
    crew: u32,
    #[foreign_key(on_delete = do_nothing, reverse = SHIPS)]
    port: Option<Id<Port>>,
}

#[derive(Model, Clone, Debug)]
struct Ticket {
    #[foreign_key(on_delete = cascade, reverse = TICKETS)]
    ship: Id<Ship>,
    #[foreign_key(on_delete = do_nothing, reverse = SOLD)]
    destination: Id<Port>,
    price: u32,
}

#[derive(Schema)]
struct Sea {
    ports: Table<Port>,
    ships: Table<Ship>,
    tickets: Table<Ticket>,
}

fn compare(path: &str, lookup: Lookup, value: impl Into<Value>) -> NamedCondition {
    NamedCondition::Compare { path: path.into(), lookup, operand: NamedOperand::Value(value.into()) }
}

fn exact(path: &str, value: impl Into<Value>) -> NamedCondition {
    compare(path, Lookup::Exact, value)
}

fn total(kind: AggregateKind, path: &str) -> NamedAggregate {
    NamedAggregate { kind, path: path.into(), is_distinct: false, filter: None }
}

fn ascending(path: &str) -> NamedOrder {
    NamedOrder { path: path.into(), is_descending: false, nulls: None }
}

fn port(db: &mut Store<Sea>, name: &str) -> Result<Id<Port>, Error> {
    Ok(db.insert(Port { name: name.into(), capital: None })?)
}

type Fleet = (Id<Port>, Id<Port>, Vec<Id<Ship>>);

/// Ships of 10, 20 and 30 in the first port, of 40 in the second, of 50 in none.
fn fleet(db: &mut Store<Sea>) -> Outcome<Fleet> {
    let (first, second) = (port(db, "Brest")?, port(db, "Cork")?);
    let ports = [Some(first), Some(first), Some(first), Some(second), None];
    let ships = ports.into_iter().zip(1..).map(|(port, tens)| Ship { crew: tens * 10, port });
    let ships = db.insert_many(ships.collect::<Vec<_>>())?;
    Ok((first, second, ships))
}

#[test]
fn a_key_that_dangles_is_compared_by_what_it_says() -> Outcome {
    let mut db = Store::<Sea>::new();
    let (first, second, ships) = fleet(&mut db)?;
    let (gone, there) = (db.key_of(first), db.key_of(second));
    let undone: Outcome = db.transaction(|tx| {
        tx.delete(first)?;
        let crews = |condition: &NamedCondition| {
            let found = tx.query_by_name("Ship")?.filter(condition)?.order_by(&[ascending("id")]).values(&["crew"])?;
            Ok::<_, Error>(found.into_iter().flatten().collect::<Vec<_>>())
        };
        let all = |crews: &[u32]| crews.iter().copied().map(Value::from).collect::<Vec<_>>();
        assert_eq!(crews(&exact("port", gone))?, all(&[10, 20, 30]));
        assert_eq!(crews(&exact("port.id", gone))?, all(&[10, 20, 30]));
        assert_eq!(crews(&exact("port.name", "Brest"))?, []);
        assert_eq!(crews(&compare("port", Lookup::IsNull, true))?, all(&[50]));
        assert_eq!(crews(&compare("port.name", Lookup::IsNull, true))?, all(&[10, 20, 30, 50]));
        let either = NamedOperand::List(vec![gone.into(), there.into()]);
        let either = NamedCondition::Compare { path: "port".into(), lookup: Lookup::In, operand: either };
        assert_eq!(crews(&either)?, all(&[10, 20, 30, 40]));
        assert_eq!(crews(&NamedCondition::Not(Box::new(exact("port", gone))))?, all(&[40, 50]));
        let ports = tx.query_by_name("Ship")?.order_by(&[ascending("crew")]).values(&["port"])?;
        assert_eq!(ports.concat(), [gone.into(), gone.into(), gone.into(), there.into(), Value::Null]);
        let groups =
            tx.query_by_name("Ship")?.group_by(&["port"])?.annotate(&[("ships", total(AggregateKind::Count, "id"))])?;
        let groups = groups.order_by(&[ascending("port")]).values(&["port", "ships"])?;
        assert_eq!(groups[1], [gone.into(), 3.into()]);
        assert_eq!(tx.query_by_name("Ship")?.aggregate(&[("n", total(AggregateKind::Count, "port"))])?[0].1, 4.into());
        give_up()
    });
    assert!(undone.is_err());
    assert_eq!(db.query_by_name("Ship")?.filter(&exact("port", gone))?.count()?, 3);
    assert_eq!(db.len::<Ship>(), ships.len());
    sound(&db);
    Ok(())
}

#[test]
fn a_relation_and_its_through_model_share_a_join() -> Outcome {
    let mut db = Store::<Sea>::new();
    let (first, second, ships) = fleet(&mut db)?;
    for (destination, price) in [(first, 5), (second, 9)] {
        db.insert(Ticket { ship: ships[0], destination, price })?;
    }
    let both = |name: &str, price: u32| {
        NamedCondition::And(vec![exact("passengers.name", name), exact("tickets.price", price)])
    };
    // One ticket must be to Brest and cost so much.
    assert_eq!(db.query_by_name("Ship")?.filter(&both("Brest", 5))?.count()?, 1);
    assert_eq!(db.query_by_name("Ship")?.filter(&both("Brest", 9))?.count()?, 0);
    let typed = |price| Ship::PASSENGERS.then(Port::NAME).eq("Brest").and(Ship::TICKETS.then(Ticket::PRICE).eq(price));
    assert_eq!((db.query(typed(5)).count(), db.query(typed(9)).count()), (1, 0));
    Ok(())
}

#[test]
fn annotations_keep_their_names_whatever_steps_come_between() -> Outcome {
    let mut db = Store::<Sea>::new();
    let (first, second, _) = fleet(&mut db)?;
    let (crew, ships) = (total(AggregateKind::Sum, "ships.crew"), total(AggregateKind::Count, "ships"));
    let ports = || db.query_by_name("Port");
    let annotated = ports()?.annotate(&[("crew", crew.clone())])?.annotate(&[("ships", ships.clone())])?;
    let large = annotated.filter(&compare("ships", Lookup::Gt, 1))?.values(&["id", "crew", "ships"])?;
    assert_eq!(large, [[db.key_of(first).into(), 60.into(), 3.into()]]);
    // Before the groups, in a condition after them.
    let crews = db.query_by_name("Ship")?.annotate(&[("least", total(AggregateKind::Min, "crew"))])?;
    let crews = crews.group_by(&["port.name"])?.annotate(&[("all", total(AggregateKind::Sum, "crew"))])?;
    let crews = crews.filter(&compare("all", Lookup::Gt, 45))?.exclude(&compare("least", Lookup::Gt, 45))?;
    let crews = crews.order_by(&[ascending("least")]).values(&["port.name", "all", "least"])?;
    assert_eq!(crews, [["Brest".into(), 60.into(), 10.into()]]);
    // A filter of rows after an annotation limits what is computed; one on annotations does not.
    let small = ports()?.annotate(&[("ships", ships)])?.filter(&exact("name", "Cork"))?;
    assert_eq!(small.values(&["id", "ships"])?, [[db.key_of(second).into(), 1.into()]]);
    let average =
        ports()?.annotate(&[("crew", crew)])?.aggregate(&[("mean", total(AggregateKind::Average, "crew"))])?;
    assert_eq!(average, [("mean".into(), Value::Float(50.0))]);
    sound(&db);
    Ok(())
}

#[test]
fn an_annotation_of_nothing_satisfies_neither_a_comparison_nor_its_negation() -> Outcome {
    let mut db = Store::<Sea>::new();
    fleet(&mut db)?;
    port(&mut db, "Genoa")?;
    let crews = || db.query_by_name("Port")?.annotate(&[("crew", total(AggregateKind::Sum, "ships.crew"))]);
    let many = compare("crew", Lookup::Gt, 50);
    assert_eq!((crews()?.filter(&many)?.count()?, crews()?.exclude(&many)?.count()?), (1, 1));
    let none = compare("crew", Lookup::IsNull, true);
    assert_eq!((crews()?.filter(&none)?.count()?, crews()?.exclude(&none)?.count()?), (1, 2));
    Ok(())
}

#[test]
fn distinct_rows_keep_all_their_related_rows_when_they_are_aggregated() -> Outcome {
    let mut db = Store::<Sea>::new();
    fleet(&mut db)?;
    let total = db.all::<Port>().distinct().aggregate((relarena::query::sum(Port::SHIPS.then(Ship::CREW)),));
    assert_eq!(total, (Some(100),));
    Ok(())
}

#[test]
fn a_condition_nested_as_deep_as_memory_goes_is_refused_and_dropped() -> Outcome {
    let mut db = Store::<Sea>::new();
    fleet(&mut db)?;
    let nested = |depth: usize| {
        (0..depth).fold(exact("crew", 10), |inner, level| match level % 3 {
            0 => NamedCondition::Not(Box::new(inner)),
            1 => NamedCondition::And(vec![inner, exact("crew", 10)]),
            _ => NamedCondition::Or(vec![inner]),
        })
    };
    for depth in [1_000, 1_000_000] {
        let condition = nested(depth);
        let Err(error) = db.query_by_name("Ship")?.exclude(&condition) else { panic!("it is too deep") };
        assert!(error.to_string().contains("nests deeper than 128"), "{error}");
        let filtered = NamedAggregate { filter: Some(condition), ..total(AggregateKind::Count, "id") };
        assert!(matches!(db.query_by_name("Ship")?.aggregate(&[("n", filtered)]), Err(Error::WrongQuery { .. })));
    }
    assert!(db.query_by_name("Ship")?.filter(&nested(127))?.count()? <= 5);
    Ok(())
}

#[test]
fn typed_conditions_nest_128_deep_and_no_deeper() {
    let db = Store::<Sea>::new();
    let nested = |depth: u32| {
        (1..depth).fold(Ship::CREW.gt(0), |inner: Condition<'_, Sea, Ship>, level| match level % 2 {
            0 => inner.and(Ship::CREW.lt(level)),
            _ => inner.or(Ship::CREW.lt(level)),
        })
    };
    assert_eq!(db.query(nested(128)).count(), 0);
    let deeper = std::panic::catch_unwind(|| drop(nested(129)));
    let message = deeper.expect_err("it is too deep");
    let message = message.downcast_ref::<String>().expect("with a text");
    assert!(message.contains("nests deeper than 128"), "{message}");
    // Twice negated is not negated, however often.
    let negated = (0..100_000).fold(Ship::CREW.gt(0), |inner: Condition<'_, Sea, Ship>, _| inner.not());
    assert_eq!(db.query(negated).count(), 0);
}

#[test]
fn an_aggregate_of_the_first_by_an_annotation_is_of_these() -> Outcome {
    let mut db = Store::<Sea>::new();
    fleet(&mut db)?;
    let by_crew = || {
        let query = db.query_by_name("Port")?.annotate(&[("crew", total(AggregateKind::Sum, "ships.crew"))])?;
        Ok::<_, Error>(query.order_by(&[ascending("crew")]))
    };
    let least = [("least", total(AggregateKind::Min, "name"))];
    assert_eq!(by_crew()?.aggregate(&least)?[0].1, "Brest".into());
    assert_eq!(by_crew()?.slice(0, 1).aggregate(&least)?[0].1, "Cork".into());
    Ok(())
}

#[test]
fn behind_a_key_that_dangles_a_typed_path_finds_nothing() -> Outcome {
    let mut db = Store::<Sea>::new();
    let (first, ..) = fleet(&mut db)?;
    let ended = db.transaction::<()>(|tx| {
        tx.delete(first)?;
        assert_eq!(tx.query(Ship::PORT.then(Port::CAPITAL).is_null()).count(), 5);
        assert_eq!(tx.query(Ship::PORT.then(Port::NAME).ne("Cork")).count(), 0);
        give_up()
    });
    assert!(matches!(ended, Err(Error::Other(_))), "{ended:?}");
    sound(&db);
    Ok(())
}

#[test]
fn the_ends_of_a_query_its_count_and_whether_there_is_any_are_those_of_its_keys() -> Outcome {
    let mut db = Store::<Sea>::new();
    fleet(&mut db)?;
    let agree = |(model, path): (&str, &str), least: u32, is_distinct: bool, slice: (usize, usize)| {
        let asked = || {
            let query = db.query_by_name(model)?.filter(&compare(path, Lookup::Gte, least))?.slice(slice.0, slice.1);
            Ok::<_, Error>(if is_distinct { query.distinct() } else { query })
        };
        let (keys, which) = (asked()?.keys()?, (model, least, is_distinct, slice));
        assert_eq!(asked()?.first()?, keys.first().copied(), "the first of {which:?}");
        assert_eq!(asked()?.last()?, keys.last().copied(), "the last of {which:?}");
        assert_eq!(asked()?.count()?, keys.len(), "how many of {which:?}");
        assert_eq!(asked()?.exists()?, !keys.is_empty(), "any of {which:?}");
        Outcome::Ok(())
    };
    for slice in [(0, 9), (1, 2), (0, 2), (3, 9)] {
        for (least, is_distinct) in [(20, false), (20, true), (90, false), (90, true)] {
            agree(("Ship", "crew"), least, is_distinct, slice)?;
            agree(("Port", "ships.crew"), least, is_distinct, slice)?;
        }
    }
    Ok(())
}

#[test]
fn a_query_over_two_joins_says_how_many_rows_it_looked_at() -> Outcome {
    let mut db = Store::<Sea>::new();
    let (first, second, ships) = fleet(&mut db)?;
    for (ship, destination) in [(0, first), (0, second), (1, first), (2, first), (3, second)] {
        db.insert(Ticket { ship: ships[ship], destination, price: 5 })?;
    }
    let joined = db.query_by_name("Port")?.filter(&exact("ships.tickets.destination.name", "Brest"))?.explain()?;
    // Ports, ships in them, tickets for these, and where each leads.
    assert_eq!((joined.touched_rows, joined.results), (2 + 4 + 5 + 5, 3));
    Ok(())
}
