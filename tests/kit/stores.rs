//! `any_store`: what it makes, and what it shrinks to.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use relarena::prelude::*;
use relarena::proptest::{Shape, StoreConfig, any_operations_on, any_store};
use relarena::reference::Session;

use crate::library::{Author, Biography, Book, Cover, Library, Loan, Tag};

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn sample<S: relarena::reference::KitSchema>(config: StoreConfig, seed: u64) -> Store<S> {
    any_store::<S>(config).new_tree(&mut runner(seed)).expect("stores have no filters").current()
}

/// Shrinks a store as `proptest` does while it is of interest.
fn shrunk(seed: u64, is_of_interest: impl Fn(&Store<Library>) -> bool) -> Option<Store<Library>> {
    let config = StoreConfig::default().rows(4..=20);
    let mut tree = any_store::<Library>(config).new_tree(&mut runner(seed)).expect("stores have no filters");
    if !is_of_interest(&tree.current()) {
        return None;
    }
    let mut goes_on = tree.simplify();
    while goes_on {
        goes_on = if is_of_interest(&tree.current()) { tree.simplify() } else { tree.complicate() };
    }
    Some(tree.current())
}

proptest! {
    #![proptest_config(Config::with_cases(96))]

    /// I1 to I5: every key, unique rule, group, check and link rule holds.
    #[test]
    fn every_rule_holds(db in any_store::<Library>(StoreConfig::default())) {
        prop_assert_eq!(db.audit(), []);
        for author in db.rows::<Author>() {
            prop_assert!(author.died.is_none_or(|died| author.born <= died));
            prop_assert!((1900..1950).contains(&author.born), "the field's own strategy is kept to");
        }
        // A store that is written anew row by row is refused nowhere.
        Session::of(&db).compare(&db)?;
    }

    #[test]
    fn programs_run_on_a_store_with_rows(
        (db, program) in any_store::<Library>(StoreConfig::default().rows(0..=6)).prop_flat_map(|db| {
            let program = any_operations_on(&db, relarena::proptest::OperationsConfig::default().length(0..=12));
            (Just(db), program)
        })
    ) {
        let mut db = db;
        let mut session = Session::of(&db);
        session.run(&mut db, &program)?;
        session.compare(&db)?;
    }
}

#[test]
fn stores_have_the_rows_that_are_asked_for() {
    for seed in 0..32 {
        let db =
            sample::<Library>(StoreConfig::default().rows(5..=7).rows_of("Tag", 40..=40).rows_of("Loan", 0..=0), seed);
        assert!((5..=7).contains(&db.len::<Author>()), "authors are unique by any text: there is room");
        assert!((5..=7).contains(&db.len::<Book>()));
        assert_eq!((db.len::<Tag>(), db.len::<Loan>()), (40, 0));
    }
}

#[test]
fn a_unique_field_of_few_values_is_filled_to_the_last() {
    let db = sample::<Library>(StoreConfig::default().rows(0..=0).rows_of("Tag", 256..=256), 7);
    assert_eq!(db.len::<Tag>(), 256, "a tag's label is a byte");
}

#[test]
fn there_are_fewer_rows_where_rules_leave_no_room() {
    let db = sample::<Library>(StoreConfig::default().rows(3..=3).rows_of("Biography", 9..=9), 7);
    assert_eq!((db.len::<Author>(), db.len::<Biography>()), (3, 3));
    // Two books with three authors make six pairs.
    let db = sample::<Library>(StoreConfig::default().rows(3..=3).rows_of("Book", 2..=2).rows_of("Loan", 9..=9), 7);
    assert_eq!(db.len::<Loan>(), 6);
}

#[test]
fn null_rates_are_kept() {
    let count = |rate| {
        let config = StoreConfig::default().rows(200..=200).null_rate_of("Author", "teacher", rate);
        let db = sample::<Library>(config.rows_of("Book", 0..=0).rows_of("Biography", 0..=0), 3);
        db.rows::<Author>().filter(|author| author.teacher.is_none()).count()
    };
    assert_eq!(count(1.0), 200);
    assert!(count(0.0) <= 1, "the first has nobody before it");
    assert!((60..140).contains(&count(0.5)));
}

fn books_of_authors(shape: Shape) -> Vec<usize> {
    let config = StoreConfig::default().rows_of("Author", 20..=20).rows_of("Book", 60..=60).rows_of("Loan", 0..=0);
    let db = sample::<Library>(config.shape_of("Book", "author", shape).null_rate(1.0), 11);
    let mut counts: Vec<usize> = db.rows::<Author>().map(|author| author.follow(Author::BOOKS).count()).collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    counts
}

#[test]
fn shapes_spread_rows_as_they_say() {
    let (uniform, skewed, hub) =
        (books_of_authors(Shape::Uniform), books_of_authors(Shape::Skewed), books_of_authors(Shape::Hub));
    assert!(uniform[0] < 10, "{uniform:?}");
    assert!(skewed[0] > uniform[0] || skewed[3] > uniform[3], "{skewed:?}");
    // An author has six books at most, for `volume` is one of six.
    assert_eq!(hub[0], 6, "{hub:?}");
}

#[test]
fn a_chain_is_as_long_as_it_can_be() {
    let config = StoreConfig::default().rows(0..=0).rows_of("Author", 30..=30).null_rate(0.0);
    let db = sample::<Library>(config.shape_of("Author", "teacher", Shape::Chain), 5);
    let longest = db.rows::<Author>().map(|author| db.ancestors(author.id(), Author::TEACHER).count()).max();
    assert_eq!(longest, Some(29));
}

#[test]
fn diamonds_close() {
    let count = |shape| {
        let config = StoreConfig::default().rows(20..=20).null_rate(0.0);
        let db = sample::<Library>(config.shape_of("Book", "editor", shape), 5);
        db.rows::<Book>()
            .filter(|book| book.editor == Some(book.author) || db[book.author].teacher == book.editor)
            .count()
    };
    assert!(count(Shape::Diamond) > 2 * count(Shape::Uniform), "{} {}", count(Shape::Diamond), count(Shape::Uniform));
}

#[test]
fn keys_close_circles() {
    let circles = (0..40).filter(|&seed| {
        let db = sample::<Library>(StoreConfig::default().rows(10..=10), seed);
        let in_circle = |author: Id<Author>| {
            let mut ancestors = db.ancestors(author, Author::TEACHER);
            ancestors.any(|row| row.follow(Author::TEACHER).is_some_and(|teacher| teacher.id() == author))
                || db[author].teacher == Some(author)
        };
        db.rows::<Author>().any(|author| in_circle(author.id()))
    });
    assert!(circles.count() > 5);
}

#[test]
fn a_store_shrinks_to_the_rows_that_matter() {
    let has_edited = |db: &Store<Library>| db.rows::<Book>().any(|book| book.editor.is_some());
    let mut seen = 0;
    for seed in 0..40 {
        let Some(db) = shrunk(seed, has_edited) else { continue };
        seen += 1;
        let rows = (db.len::<Author>(), db.len::<Book>(), db.len::<Tag>(), db.len::<Loan>(), db.len::<Biography>());
        assert_eq!(rows, (1, 1, 0, 0, 0), "{db:?}");
        let (author, book) = (db.rows::<Author>().next(), db.rows::<Book>().next());
        let (author, book) = (author.expect("there is one"), book.expect("there is one"));
        assert_eq!((author.name.as_str(), author.teacher, author.died), ("", None, None), "{db:?}");
        assert_eq!((book.title.as_str(), book.prequel, &book.cover), ("", None, &Cover([0; 3])), "{db:?}");
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn a_store_shrinks_past_rows_that_protect_and_restrict() {
    let has_tag = |db: &Store<Library>| db.len::<Tag>() >= 2;
    let db = (0..8).find_map(|seed| shrunk(seed, has_tag)).expect("most stores have two tags");
    assert_eq!((db.len::<Author>(), db.len::<Book>(), db.len::<Tag>()), (0, 0, 2));
}

#[test]
fn the_same_seed_gives_the_same_store() {
    let (one, other) = (sample::<Library>(StoreConfig::default(), 9), sample::<Library>(StoreConfig::default(), 9));
    assert_eq!(one.digest(), other.digest());
    assert_ne!(one.digest(), sample::<Library>(StoreConfig::default(), 10).digest());
}

#[test]
fn keys_that_need_each_other_are_no_obstacle() {
    #[derive(Model, Clone, Debug)]
    struct Planet {
        #[foreign_key(on_delete = cascade, reverse = RULES)]
        ruler: Id<Lord>,
    }
    #[derive(Model, Clone, Debug)]
    struct Lord {
        #[foreign_key(on_delete = cascade, reverse = RESIDENTS)]
        home: Id<Planet>,
        #[foreign_key(on_delete = cascade, reverse = VASSALS)]
        liege: Id<Lord>,
    }
    #[derive(Schema)]
    struct Galaxy {
        planets: Table<Planet>,
        lords: Table<Lord>,
    }
    let db = sample::<Galaxy>(StoreConfig::default().rows(4..=4), 1);
    assert_eq!((db.len::<Planet>(), db.len::<Lord>()), (4, 4));
    assert_eq!(db.audit(), []);
}

#[test]
#[should_panic(expected = "`Shelf.cover` has no strategy: its type does not implement `Arbitrary`")]
fn a_field_without_a_strategy_is_named() {
    #[derive(Model, Clone, Debug)]
    struct Shelf {
        cover: Cover,
    }
    #[derive(Schema)]
    struct Shelves {
        shelves: Table<Shelf>,
    }
    let _ = any_store::<Shelves>(StoreConfig::default());
}
