//! Comparisons of numbers hold where Rust's own do, at the ends of their types, for what is no number, and for types that are
//! numbers under another name.

use std::ops::Bound;

use relarena::prelude::*;
use relarena::query::OrderKey;

use crate::support::{Outcome, sound};

type Grams = i16;

#[derive(Model, Clone)]
struct Parcel {
    name: String,
    weight: f64,
    height: Option<f32>,
    pieces: u8,
    debt: Option<i64>,
    net: Grams,
}

#[derive(Schema)]
struct Depot {
    parcels: Table<Parcel>,
}

const WEIGHTS: [f64; 8] = [f64::NAN, f64::NEG_INFINITY, -1.0, -0.0, 0.0, 5e-324, f64::MAX, f64::INFINITY];
const HEIGHTS: [Option<f32>; 4] = [None, Some(f32::NAN), Some(-0.0), Some(3.5)];
const PIECES: [u8; 5] = [0, 1, 128, 254, 255];
const DEBTS: [Option<i64>; 6] = [None, Some(i64::MIN), Some(-1), Some(0), Some(i64::MAX - 1), Some(i64::MAX)];
const NETS: [i16; 5] = [i16::MIN, -1, 0, 1, i16::MAX];

/// A thousand parcels with all of these in turn, of which every ninth is gone.
fn depot() -> Outcome<Store<Depot>> {
    let mut db = Store::<Depot>::new();
    let parcels = (0..1000).map(|number| Parcel {
        name: number.to_string(),
        weight: WEIGHTS[number % 8],
        height: HEIGHTS[number % 4],
        pieces: PIECES[number % 5],
        debt: DEBTS[number % 6],
        net: NETS[number % 5],
    });
    let parcels = db.insert_many(parcels)?;
    db.delete_many(parcels.into_iter().step_by(9))?;
    sound(&db);
    Ok(db)
}

/// Whether all comparisons of a field with a value find the rows for which Rust's own comparison of the two holds.
fn agrees<V: PartialOrd + Copy + std::fmt::Debug + 'static>(
    db: &Store<Depot>,
    field: impl relarena::query::Operand<Root = Parcel, Leaf = Parcel, Value = V> + Copy,
    own: impl Fn(&Parcel) -> Option<V>,
    value: V,
) {
    let others = db.rows::<Parcel>().filter_map(|parcel| own(parcel.get())).take(20).collect::<Vec<V>>();
    let found = |holds: &dyn Fn(V) -> bool| -> Vec<String> {
        let rows = db.rows::<Parcel>().filter(|parcel| own(parcel.get()).is_some_and(holds));
        rows.map(|parcel| parcel.name.clone()).collect()
    };
    let asked = |condition| -> Vec<String> { db.query(condition).rows().map(|parcel| parcel.name.clone()).collect() };
    assert_eq!(asked(field.eq(value)), found(&|own| own == value), "= {value:?}");
    assert_eq!(asked(field.ne(value)), found(&|own| own != value), "!= {value:?}");
    assert_eq!(asked(field.lt(value)), found(&|own| own < value), "< {value:?}");
    assert_eq!(asked(field.le(value)), found(&|own| own <= value), "<= {value:?}");
    assert_eq!(asked(field.gt(value)), found(&|own| own > value), "> {value:?}");
    assert_eq!(asked(field.ge(value)), found(&|own| own >= value), ">= {value:?}");
    assert_eq!(asked(field.range(..)), found(&|_| true), "any beside {value:?}");
    assert_eq!(asked(field.lt(value).not()), {
        let rows = db.rows::<Parcel>().filter(|parcel| {
            own(parcel.get()).is_none_or(|own| own.partial_cmp(&value) != Some(std::cmp::Ordering::Less))
        });
        rows.map(|parcel| parcel.name.clone()).collect::<Vec<_>>()
    });
    for other in others {
        for (lower, upper) in [
            (Bound::Included(value), Bound::Included(other)),
            (Bound::Excluded(value), Bound::Excluded(other)),
            (Bound::Excluded(value), Bound::Included(other)),
        ] {
            let expected = found(&|own| std::ops::RangeBounds::contains(&(lower, upper), &own));
            assert_eq!(asked(field.range((lower, upper))), expected, "{value:?} to {other:?}");
        }
    }
}

#[test]
fn whole_numbers_compare_as_in_rust_also_at_the_ends_of_their_types() -> Outcome {
    let db = depot()?;
    for value in PIECES {
        agrees(&db, Parcel::PIECES, |parcel| Some(parcel.pieces), value);
    }
    for value in DEBTS.into_iter().flatten() {
        agrees(&db, Parcel::DEBT, |parcel| parcel.debt, value);
    }
    Ok(())
}

#[test]
fn floats_compare_as_in_rust_also_zeros_infinities_and_what_is_no_number() -> Outcome {
    let db = depot()?;
    for value in WEIGHTS {
        agrees(&db, Parcel::WEIGHT, |parcel| Some(parcel.weight), value);
    }
    for value in HEIGHTS.into_iter().flatten() {
        agrees(&db, Parcel::HEIGHT, |parcel| parcel.height, value);
    }
    Ok(())
}

#[test]
fn numbers_under_another_name_compare_like_all_others() -> Outcome {
    let db = depot()?;
    for value in NETS {
        agrees(&db, Parcel::NET, |parcel| Some(parcel.net), value);
    }
    Ok(())
}

#[test]
fn the_first_in_the_order_of_a_number_are_the_first_of_all_sorted_wherever_nulls_stand() -> Outcome {
    let db = depot()?;
    let names = |order: OrderKey<'_, Depot, Parcel>, limit: usize| -> Vec<String> {
        let rows = db.all().order_by(order).limit(limit).rows();
        rows.map(|parcel| parcel.name.clone()).collect()
    };
    let orders = || {
        [
            Parcel::DEBT.asc().nulls_first(),
            Parcel::DEBT.asc().nulls_last(),
            Parcel::DEBT.desc().nulls_first(),
            Parcel::DEBT.desc().nulls_last(),
            Parcel::PIECES.asc(),
            Parcel::PIECES.desc(),
            Parcel::NET.desc(),
        ]
    };
    for limit in [1, 7, 170, 500] {
        for (first, all) in orders().into_iter().zip(orders()) {
            assert_eq!(names(first, limit), names(all, usize::MAX)[..limit]);
        }
    }
    Ok(())
}
