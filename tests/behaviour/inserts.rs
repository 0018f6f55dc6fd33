//! Inserts of many rows, and inserts that look first (SEMANTICS S2, S3).

use relarena::prelude::*;

use crate::support::{Outcome, dump, sound};

#[derive(Model, Clone, Debug, PartialEq)]
#[check(name = "count_is_small", |stock| stock.count < 100)]
struct Stock {
    #[unique]
    article: String,
    count: u32,
    #[foreign_key(on_delete = cascade, reverse = STOCK)]
    shop: Option<Id<Shop>>,
}

#[derive(Model, Clone, Debug)]
struct Shop {}

#[derive(Model, Clone, Debug)]
struct Sign {
    #[one_to_one(on_delete = cascade, reverse = SIGN)]
    shop: Id<Shop>,
}

/// Without rules: many of them are inserted at once.
#[derive(Model, Clone, Debug)]
struct Visit {
    #[foreign_key(on_delete = cascade, reverse = VISITS)]
    shop: Id<Shop>,
    #[foreign_key(on_delete = set_null)]
    seen: Option<Id<Stock>>,
}

#[derive(Schema)]
struct Town {
    stock: Table<Stock>,
    shops: Table<Shop>,
    signs: Table<Sign>,
    visits: Table<Visit>,
}

fn stock(article: &str, count: u32) -> Stock {
    Stock { article: article.into(), count, shop: None }
}

#[test]
fn rows_inserted_together_come_in_order() -> Outcome {
    let mut db = Store::<Town>::new();
    let ids = db.insert_many([stock("rope", 1), stock("torch", 2)])?;
    assert_eq!(db.rows::<Stock>().ids(), ids);
    sound(&db);
    Ok(())
}

#[test]
fn inserting_no_rows_is_no_error() -> Outcome {
    let mut db = Store::<Town>::new();
    assert_eq!(db.insert_many(Vec::<Stock>::new())?, []);
    sound(&db);
    Ok(())
}

#[test]
fn one_refused_row_refuses_all_and_hands_them_back() -> Outcome {
    let mut db = Store::<Town>::new();
    db.insert(stock("rope", 1))?;
    let (before, rows) = (dump(&db), [stock("torch", 1), stock("rope", 2), stock("tent", 3)]);
    let refused = db.insert_many(rows.clone()).expect_err("there is rope");
    assert_eq!((refused.position, refused.rows.as_slice()), (1, rows.as_slice()));
    assert!(matches!(refused.error, Error::UniqueViolation(_)));
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn a_refused_bulk_insert_leaves_the_next_ids() -> Outcome {
    let mut db = Store::<Town>::new();
    let expected = db.clone().insert(stock("tent", 1))?;
    assert!(db.insert_many([stock("rope", 1), stock("rope", 1)]).is_err());
    assert_eq!(db.insert(stock("tent", 1))?, expected);
    sound(&db);
    Ok(())
}

#[test]
fn duplicates_within_the_batch_are_refused() {
    let mut db = Store::<Town>::new();
    assert_eq!(db.insert_many([stock("rope", 1), stock("rope", 2)]).expect_err("twice").position, 1);
    sound(&db);
}

#[test]
fn a_refused_row_is_handed_back() {
    let mut db = Store::<Town>::new();
    let refused = db.insert(stock("rope", 100)).expect_err("too many");
    assert_eq!(refused.row, stock("rope", 100));
    sound(&db);
}

#[test]
fn or_ignore_leaves_out_rows_that_collide_and_answers_the_rows_that_are_there() -> Outcome {
    let mut db = Store::<Town>::new();
    let rope = db.insert(stock("rope", 1))?;
    let written = db.insert_many_or_ignore([stock("rope", 5), stock("torch", 2), stock("torch", 9)])?;
    let torch = written[1].id();
    assert_eq!(written, [Written::Found(rope), Written::Inserted(torch), Written::Found(torch)]);
    assert_eq!((db[rope].count, db[torch].count), (1, 2));
    sound(&db);
    Ok(())
}

#[test]
fn or_ignore_ignores_a_taken_one_to_one_target() -> Outcome {
    let mut db = Store::<Town>::new();
    let shop = db.insert(Shop {})?;
    let sign = db.insert(Sign { shop })?;
    assert_eq!(db.insert_many_or_ignore([Sign { shop }])?, [Written::Found(sign)]);
    sound(&db);
    Ok(())
}

#[test]
fn or_ignore_does_not_ignore_other_violations() {
    let mut db = Store::<Town>::new();
    let dangling = Stock { shop: Some(Id::NULL), ..stock("tent", 1) };
    assert!(matches!(db.insert_many_or_ignore([stock("rope", 1), dangling]), Err(Error::DanglingTarget { .. })));
    assert!(matches!(db.insert_many_or_ignore([stock("rope", 100)]), Err(Error::CheckViolation { .. })));
    assert!(db.is_empty::<Stock>());
    sound(&db);
}

#[test]
fn or_update_updates_the_row_that_is_there() -> Outcome {
    let mut db = Store::<Town>::new();
    let rope = db.insert(stock("rope", 1))?;
    let written =
        db.insert_many_or_update([stock("rope", 5), stock("torch", 2)], |there, new| there.count += new.count)?;
    assert_eq!((written[0], db[rope].count, db.len::<Stock>()), (Written::Updated(rope), 6, 2));
    sound(&db);
    Ok(())
}

#[test]
fn or_update_that_breaks_a_rule_changes_nothing() -> Outcome {
    let mut db = Store::<Town>::new();
    let rope = db.insert(stock("rope", 60))?;
    let failed =
        db.insert_many_or_update([stock("torch", 1), stock("rope", 60)], |there, new| there.count += new.count);
    assert!(matches!(failed, Err(Error::CheckViolation { .. })));
    assert_eq!((db[rope].count, db.len::<Stock>()), (60, 1));
    sound(&db);
    Ok(())
}

#[test]
fn get_or_insert_makes_a_row_only_if_there_is_none() -> Outcome {
    let mut db = Store::<Town>::new();
    let first = db.get_or_insert(Stock::ARTICLE, "rope", || stock("rope", 1))?;
    let again = db.get_or_insert(Stock::ARTICLE, "rope", || panic!("not called"))?;
    assert_eq!((first, again), (Written::Inserted(first.id()), Written::Found(first.id())));
    sound(&db);
    Ok(())
}

#[test]
fn get_or_insert_hands_a_refused_row_back() {
    let mut db = Store::<Town>::new();
    let refused = db.get_or_insert(Stock::ARTICLE, "rope", || stock("rope", 100)).expect_err("too many");
    assert_eq!(refused.row.count, 100);
    sound(&db);
}

#[test]
fn update_or_insert_changes_the_row_that_is_there() -> Outcome {
    let mut db = Store::<Town>::new();
    let made = db.update_or_insert(Stock::ARTICLE, "rope", |_| panic!("not called"), || stock("rope", 1))?;
    let changed = db.update_or_insert(Stock::ARTICLE, "rope", |row| row.count = 9, || panic!("not called"))?;
    assert_eq!((changed, db[made.id()].count), (Written::Updated(made.id()), 9));
    sound(&db);
    Ok(())
}

#[test]
fn update_or_insert_may_change_the_value_it_looked_for() -> Outcome {
    let mut db = Store::<Town>::new();
    let rope = db.insert(stock("rope", 1))?;
    db.update_or_insert(Stock::ARTICLE, "rope", |row| row.article = "cord".into(), || panic!("not called"))?;
    assert_eq!(db.by(Stock::ARTICLE, "cord").map(|row| row.id()), Some(rope));
    assert!(db.by(Stock::ARTICLE, "rope").is_none());
    sound(&db);
    Ok(())
}

#[test]
fn a_slot_is_used_again_under_a_new_id() -> Outcome {
    let mut db = Store::<Town>::new();
    let rope = db.insert(stock("rope", 1))?;
    db.delete(rope)?;
    let tent = db.insert(stock("tent", 1))?;
    assert_eq!(tent.slot(), rope.slot());
    assert_ne!(tent, rope);
    sound(&db);
    Ok(())
}

#[test]
fn rows_without_rules_inserted_together_equal_rows_inserted_one_by_one() -> Outcome {
    let mut db = Store::<Town>::new();
    let shops = db.insert_many((0..5).map(|_| Shop {}))?;
    let rope = db.insert(stock("rope", 1))?;
    let early = db.insert_many((0..9).map(|_| Visit { shop: shops[0], seen: None }))?;
    db.delete_many([early[2], early[7], early[4]])?;
    let visits = || (0..40).map(|number| Visit { shop: shops[number % 5], seen: (number % 3 == 0).then_some(rope) });
    let mut other = db.clone();
    let together = db.insert_many(visits())?;
    let mut apart = Vec::new();
    for visit in visits() {
        apart.push(other.insert(visit)?);
    }
    assert_eq!(together, apart);
    assert_eq!(dump(&db), dump(&other));
    assert_eq!(db.next_id::<Visit>(), other.next_id::<Visit>());
    sound(&db);
    Ok(())
}

#[test]
fn the_first_row_with_a_key_to_nobody_refuses_all_rows_inserted_at_once() -> Outcome {
    let mut db = Store::<Town>::new();
    let (open, closed) = (db.insert(Shop {})?, db.insert(Shop {})?);
    db.delete(closed)?;
    let before = dump(&db);
    let visit = |shop| Visit { shop, seen: None };
    let refused = db.insert_many([visit(open), visit(closed), visit(open)]).expect_err("a shop is closed");
    assert!(matches!(refused.error, Error::DanglingTarget { .. }));
    assert_eq!((refused.position, refused.rows.len()), (1, 3));
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn rows_inserted_at_once_are_rolled_back_like_any_other() -> Outcome {
    let mut db = Store::<Town>::new();
    let shop = db.insert(Shop {})?;
    let (before, next) = (dump(&db), db.next_id::<Visit>());
    db.rehearse(|tx| Ok(tx.insert_many((0..300).map(|_| Visit { shop, seen: None }))?))?;
    assert_eq!((dump(&db), db.next_id::<Visit>()), (before, next));
    sound(&db);
    Ok(())
}

#[test]
fn an_id_of_a_larger_store_names_no_row_of_a_smaller_one() -> Outcome {
    let mut large = Store::<Town>::new();
    let shops = large.insert_many((0..2000).map(|_| Shop {}))?;
    let mut small = Store::<Town>::new();
    small.insert(Shop {})?;
    for &shop in shops.iter().skip(1) {
        assert!(small.get(shop).is_none());
    }
    let stranger = *shops.last().expect("there are many");
    assert!(small.insert(Visit { shop: stranger, seen: None }).is_err() && small.delete(stranger).is_err());
    sound(&small);
    Ok(())
}
