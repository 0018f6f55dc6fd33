//! Rows in the order of an indexed field, all or those of a range of it, are those that sorting finds, wherever they begin and
//! end in the index, and however many share a value.

use std::cmp::Ordering;
use std::fmt::Debug;
use std::ops::Bound;

use relarena::Condition;
use relarena::prelude::*;
use relarena::query::Operand;

use crate::support::{Outcome, sound};

#[derive(Model, Clone)]
struct Lot {
    /// Mostly different.
    #[index(ordered)]
    price: u32,
    /// Of which many are the same.
    #[index(ordered)]
    stock: i16,
    /// Not all of which are numbers.
    #[index(ordered)]
    rate: f64,
    /// Whose keys in the index are the same where the beginnings are.
    #[index(ordered)]
    name: String,
}

#[derive(Schema)]
struct Market {
    lots: Table<Lot>,
}

/// Lots in some blocks of the indexes, of which every ninth is gone.
fn market() -> Outcome<Store<Market>> {
    let mut db = Store::<Market>::new();
    let lots = (0..1000_u32).map(|number| {
        let mixed = number.wrapping_mul(2_654_435_761) >> 20;
        Lot {
            price: mixed,
            stock: i16::try_from(mixed % 7).expect("below seven") - 3,
            rate: if number == 500 { f64::NAN } else { f64::from(mixed) / 8.0 },
            name: format!("lot number {:03}", mixed % 800),
        }
    });
    let lots = db.insert_many(lots)?;
    db.delete_many(lots.into_iter().step_by(9))?;
    sound(&db);
    Ok(db)
}

type Slice = (usize, usize);

/// Offsets and limits that begin and end in the first run of an index and in later ones.
const SLICES: [Slice; 9] =
    [(0, 0), (0, 1), (0, 10), (3, 13), (0, 17), (0, 128), (0, 300), (200, 100), (900, usize::MAX)];

/// Whether the rows that a condition leaves come in the order of a field, up and down, as sorting puts them.
fn agrees<V: PartialOrd + Debug + 'static>(
    db: &Store<Market>,
    (field, own): (impl Operand<Root = Lot, Leaf = Lot, Value = V> + Copy, fn(&Lot) -> &V),
    condition: &dyn Fn() -> Condition<'static, Market, Lot>,
    holds: &dyn Fn(&V) -> bool,
) {
    let rows = db.rows::<Lot>().filter(|lot| holds(own(lot.get())));
    let mut up: Vec<_> = rows.map(|lot| (own(db.get(lot.id()).expect("it is there")), lot.id())).collect();
    up.sort_by(|one, other| one.0.partial_cmp(other.0).expect("both are numbers"));
    let mut down = up.clone();
    down.sort_by(|one, other| other.0.partial_cmp(one.0).expect("both are numbers"));
    for (offset, limit) in SLICES {
        let sliced = |sorted: &[(_, Id<Lot>)]| -> Vec<Id<Lot>> {
            sorted.iter().skip(offset).take(limit).map(|(_, id)| *id).collect()
        };
        let query = || db.query(condition()).offset(offset).limit(limit);
        let context = || format!("from {offset}, {limit} of {}", up.len());
        assert_eq!(query().order_by(field.asc()).ids(), sliced(&up), "up, {}", context());
        assert_eq!(query().order_by(field.desc()).ids(), sliced(&down), "down, {}", context());
        let mut one_by_one = Vec::new();
        for lot in query().order_by(field.desc()).rows() {
            one_by_one.push(lot.id());
        }
        assert_eq!(one_by_one, sliced(&down), "one by one, {}", context());
        assert_eq!(query().order_by(field.asc()).last().map(|lot| lot.id()), sliced(&up).last().copied());
    }
}

/// Whether all ranges between two values of a field agree.
fn ranges_agree<V: PartialOrd + Clone + Debug + 'static>(
    db: &Store<Market>,
    (field, own): (impl Operand<Root = Lot, Leaf = Lot, Value = V> + Copy, fn(&Lot) -> &V),
    (low, high): (V, V),
) {
    let bounds = |value: &V| [Bound::Unbounded, Bound::Included(value.clone()), Bound::Excluded(value.clone())];
    for lower in bounds(&low) {
        for upper in bounds(&high) {
            let range = (lower.clone(), upper.clone());
            let holds = |own: &V| {
                let is_above = match &lower {
                    Bound::Unbounded => true,
                    Bound::Included(low) => own >= low,
                    Bound::Excluded(low) => own > low,
                };
                is_above
                    && match &upper {
                        // Of all that there is, what is no number has no place in an order.
                        Bound::Unbounded => own.partial_cmp(own) == Some(Ordering::Equal),
                        Bound::Included(high) => own <= high,
                        Bound::Excluded(high) => own < high,
                    }
            };
            if matches!(range, (Bound::Unbounded, Bound::Unbounded)) {
                continue;
            }
            agrees(db, (field, own), &|| field.range(range.clone()), &holds);
        }
    }
    agrees(db, (field, own), &|| field.ge(low.clone()), &|own| *own >= low);
    agrees(db, (field, own), &|| field.gt(low.clone()), &|own| *own > low);
    agrees(db, (field, own), &|| field.le(high.clone()), &|own| *own <= high);
    agrees(db, (field, own), &|| field.lt(high.clone()), &|own| *own < high);
}

#[test]
fn rows_come_in_the_order_of_a_field_whose_values_are_mostly_different() -> Outcome {
    let db = market()?;
    let taken = db.rows::<Lot>().nth(77).expect("there are more").price;
    for range in [(0, 4096), (1000, 1100), (taken, 3000), (100, taken), (taken, taken), (3000, 1000)] {
        ranges_agree(&db, (Lot::PRICE, |lot| &lot.price), range);
    }
    agrees(&db, (Lot::PRICE, |lot| &lot.price), &|| Lot::PRICE.is_null().not(), &|_| true);
    Ok(())
}

#[test]
fn rows_come_in_the_order_of_a_field_of_which_many_are_the_same() -> Outcome {
    let db = market()?;
    for range in [(-3, 3), (-1, 0), (2, 2), (-9, 9)] {
        ranges_agree(&db, (Lot::STOCK, |lot| &lot.stock), range);
    }
    Ok(())
}

#[test]
fn what_is_no_number_is_in_no_range_in_an_order() -> Outcome {
    let db = market()?;
    for range in [(0.0, 500.0), (100.0, f64::INFINITY), (450.0, 480.0), (-0.0, 1.0)] {
        ranges_agree(&db, (Lot::RATE, |lot| &lot.rate), range);
    }
    Ok(())
}

#[test]
fn texts_whose_beginnings_are_the_same_come_in_their_own_order() -> Outcome {
    let db = market()?;
    let text = |text: &str| text.to_owned();
    for range in [("lot number 100", "lot number 400"), ("lot", "lot number 5"), ("a", "z")] {
        ranges_agree(&db, (Lot::NAME, |lot| &lot.name), (text(range.0), text(range.1)));
    }
    Ok(())
}

#[test]
fn the_first_in_an_order_are_found_without_a_condition() -> Outcome {
    let db = market()?;
    let mut prices: Vec<u32> = db.rows::<Lot>().map(|lot| lot.price).collect();
    prices.sort_unstable();
    for (offset, limit) in SLICES {
        let rows = db.all::<Lot>().order_by(Lot::PRICE.asc()).offset(offset).limit(limit).rows();
        let found: Vec<u32> = rows.map(|lot| lot.price).collect();
        assert_eq!(found, prices.iter().copied().skip(offset).take(limit).collect::<Vec<_>>());
        let rows = db.all::<Lot>().order_by(Lot::PRICE.desc()).offset(offset).limit(limit).rows();
        assert_eq!(rows.count(), prices.iter().rev().skip(offset).take(limit).count());
    }
    Ok(())
}

#[test]
fn an_explanation_counts_the_rows_along_an_index_that_a_filter_left_out() -> Outcome {
    let db = market()?;
    let first = db.query(Lot::STOCK.ge(0).and(Lot::NAME.ends_with("1"))).order_by(Lot::PRICE.asc()).limit(5);
    let mut prices: Vec<_> =
        db.rows::<Lot>().map(|lot| (lot.price, lot.stock >= 0 && lot.name.ends_with('1'))).collect();
    prices.sort_unstable();
    let fifth = prices.iter().enumerate().filter(|(_, (_, holds))| *holds).nth(4).expect("more than five are left").0;
    let explained = first.explain();
    assert_eq!(explained.results, 5);
    let touched = explained.touched_rows;
    // In blocks that grow as far as the next page of rows: at least up to the fifth, and not all.
    assert!((fifth + 1..db.len::<Lot>()).contains(&touched), "{touched} of {fifth}: {explained}");
    Ok(())
}
