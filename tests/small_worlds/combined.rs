//! Several keys together. Each model has a key of every action to each other model, and a world uses the keys of its shape
//! only: pairs of keys, circles of two and three models, diamonds, and links that are rows of a through model. Links that the
//! store keeps are combined with a key.

#![allow(clippy::struct_field_names, reason = "a key is named by its target and its action")]

use relarena::prelude::*;

use crate::enumerate::{Bounds, worlds};
use crate::trial::{Tally, Trial};
use crate::world::{Action, Key, Links, Shape, Through};

/// Where several keys are combined there are too many worlds of four rows for a debug build.
const ROWS: usize = if cfg!(debug_assertions) { 3 } else { 5 };

/// And of those of three it tries one in so many, a number that shares no factor with how worlds are counted up.
const STRIDE: usize = if cfg!(debug_assertions) { 11 } else { 1 };

/// Three keys between three models make most worlds by far; of those of five rows a release build tries the deletes of one
/// in so many in all ways, and of the others in one.
const STRIDE_OF_LARGEST_TRIANGLES: usize = if cfg!(debug_assertions) { STRIDE } else { 7 };

/// A model with keys of these actions.
macro_rules! model {
    ($(#[$attribute:meta])* $name:ident { $($field:ident: $action:ident $target:ident,)* }) => {
        #[derive(Model, Clone)]
        $(#[$attribute])*
        struct $name {
            $(#[foreign_key(on_delete = $action)] $field: Option<Id<$target>>,)*
        }
    };
}

model! { A {
    b_cascade: cascade B, b_protect: protect B, b_restrict: restrict B, b_set_null: set_null B,
    b_set_default: set_default B, b_set_with: set_with B, b_do_nothing: do_nothing B,
    c_cascade: cascade C, c_protect: protect C, c_restrict: restrict C, c_set_null: set_null C,
    c_set_default: set_default C, c_set_with: set_with C, c_do_nothing: do_nothing C,
} }
model! { B {
    a_cascade: cascade A, a_protect: protect A, a_restrict: restrict A, a_set_null: set_null A,
    a_set_default: set_default A, a_set_with: set_with A, a_do_nothing: do_nothing A,
} }
model! { C {
    a_cascade: cascade A, a_protect: protect A, a_restrict: restrict A, a_set_null: set_null A,
    a_set_default: set_default A, a_set_with: set_with A, a_do_nothing: do_nothing A,
    other_a_cascade: cascade A, other_a_protect: protect A, other_a_restrict: restrict A, other_a_set_null: set_null A,
    other_a_set_default: set_default A, other_a_set_with: set_with A, other_a_do_nothing: do_nothing A,
    b_cascade: cascade B, b_protect: protect B, b_restrict: restrict B, b_set_null: set_null B,
    b_set_default: set_default B, b_set_with: set_with B, b_do_nothing: do_nothing B,
} }

#[derive(Schema)]
struct Three {
    a: Table<A>,
    b: Table<B>,
    c: Table<C>,
}

/// The key of an action in a family of keys whose names begin alike.
fn key(source: usize, target: usize, names: [&'static str; 7], action: Action) -> Key {
    let place = Action::ALL.iter().position(|one| *one == action).expect("all actions are listed");
    Key { source, field: names[place], target, action, is_nullable: true, is_unique: false }
}

macro_rules! names {
    ($prefix:literal) => {
        [
            concat!($prefix, "cascade"),
            concat!($prefix, "protect"),
            concat!($prefix, "restrict"),
            concat!($prefix, "set_null"),
            concat!($prefix, "set_default"),
            concat!($prefix, "set_with"),
            concat!($prefix, "do_nothing"),
        ]
    };
}

fn try_all<S: Schema>(shape: &Shape, bounds: Bounds<'_>, tally: &mut Tally) {
    try_some::<S>(shape, bounds, STRIDE, tally);
}

/// Of worlds of as many rows as there may be one in `largest` is tried in all ways.
fn try_some<S: Schema>(shape: &Shape, bounds: Bounds<'_>, largest: usize, tally: &mut Tally) {
    tally.shapes += 1;
    let mut count = tally.shapes;
    worlds(shape, bounds, &mut |world| {
        count += 1;
        let is_largest = world.count() == bounds.rows;
        if count.is_multiple_of(if is_largest { largest } else { STRIDE }) {
            if tally.takes(world) {
                Trial::<S>::new(shape, world, tally.worlds.is_multiple_of(2)).run(tally);
            }
        } else if is_largest && largest > STRIDE && tally.takes_other(world) {
            Trial::<S>::new(shape, world, tally.others.is_multiple_of(2)).run_alone();
        }
    });
}

const MODELS: [&str; 3] = ["A", "B", "C"];

/// Two keys of one model to another, and keys of two models to each other.
pub(crate) fn pairs(tally: &mut Tally) {
    for one in Action::ALL {
        for other in Action::ALL {
            let same = [key(2, 0, names!("a_"), one), key(2, 0, names!("other_a_"), other)];
            let bounds = Bounds { models: &[0, 2], rows: ROWS };
            try_all::<Three>(&Shape::of_keys(&MODELS, same.to_vec()), bounds, tally);
            let circle = [key(0, 1, names!("b_"), one), key(1, 0, names!("a_"), other)];
            let bounds = Bounds { models: &[0, 1], ..bounds };
            try_all::<Three>(&Shape::of_keys(&MODELS, circle.to_vec()), bounds, tally);
        }
    }
}

/// C to B to A, and either C to A or A to C.
fn triangles(last: fn(Action) -> Key, tally: &mut Tally) {
    for one in Action::ALL {
        for two in Action::ALL {
            for three in Action::ALL {
                let keys = vec![key(1, 0, names!("a_"), one), key(2, 1, names!("b_"), two), last(three)];
                let shape = Shape::of_keys(&MODELS, keys);
                let models = &[0, 1, 2];
                try_some::<Three>(&shape, Bounds { models, rows: ROWS }, STRIDE_OF_LARGEST_TRIANGLES, tally);
            }
        }
    }
}

pub(crate) fn diamonds(tally: &mut Tally) {
    triangles(|action| key(2, 0, names!("a_"), action), tally);
}

pub(crate) fn circles_of_three(tally: &mut Tally) {
    triangles(|action| key(0, 2, names!("c_"), action), tally);
}

model! {
    #[many_to_many(FRIENDS: Node, symmetrical)]
    #[many_to_many(FOLLOWS: Node, reverse = FOLLOWERS)]
    #[many_to_many(MARKS: Leaf, reverse = MARKED)]
    Node {
        node_cascade: cascade Node, node_protect: protect Node, node_restrict: restrict Node, node_set_null: set_null Node,
        node_set_default: set_default Node, node_set_with: set_with Node, node_do_nothing: do_nothing Node,
    }
}
model! { Leaf {
    node_cascade: cascade Node, node_protect: protect Node, node_restrict: restrict Node, node_set_null: set_null Node,
    node_set_default: set_default Node, node_set_with: set_with Node, node_do_nothing: do_nothing Node,
} }

#[derive(Schema)]
struct Linked {
    nodes: Table<Node>,
    leaves: Table<Leaf>,
}

/// Links of each kind beside a key of each action; the worlds of the largest size are without the key.
pub(crate) fn links(tally: &mut Tally) {
    let friends = Links { source: 0, name: "friends", target: 0, is_symmetrical: true };
    let follows = Links { source: 0, name: "follows", target: 0, is_symmetrical: false };
    let marks = Links { source: 0, name: "marks", target: 1, is_symmetrical: false };
    let mut linked = |links: Links, keys: Vec<Key>, models: &[usize], rows: usize| {
        let mut shape = Shape::of_keys(&["Node", "Leaf"], keys);
        shape.links.push(links);
        try_all::<Linked>(&shape, Bounds { models, rows }, tally);
    };
    linked(friends, vec![], &[0], ROWS);
    linked(follows, vec![], &[0], (ROWS - 1).max(3));
    linked(marks, vec![], &[0, 1], ROWS);
    for action in Action::ALL {
        let own = vec![key(0, 0, names!("node_"), action)];
        linked(friends, own.clone(), &[0], ROWS.min(3));
        linked(follows, own, &[0], (ROWS - 2).max(2));
        linked(marks, vec![key(1, 0, names!("node_"), action)], &[0, 1], ROWS);
    }
}

model! {
    #[many_to_many(CASCADE: Right, reverse = CASCADE, through = Tie(left_cascade, right_cascade))]
    #[many_to_many(PROTECT: Right, reverse = PROTECT, through = Tie(left_protect, right_protect))]
    #[many_to_many(RESTRICT: Right, reverse = RESTRICT, through = Tie(left_restrict, right_restrict))]
    #[many_to_many(SET_NULL: Right, reverse = SET_NULL, through = Tie(left_set_null, right_set_null))]
    #[many_to_many(SET_DEFAULT: Right, reverse = SET_DEFAULT, through = Tie(left_set_default, right_set_default))]
    #[many_to_many(SET_WITH: Right, reverse = SET_WITH, through = Tie(left_set_with, right_set_with))]
    #[many_to_many(DO_NOTHING: Right, reverse = DO_NOTHING, through = Tie(left_do_nothing, right_do_nothing))]
    Left {}
}
model! { Right {} }
model! { Tie {
    left_cascade: cascade Left, left_protect: protect Left, left_restrict: restrict Left, left_set_null: set_null Left,
    left_set_default: set_default Left, left_set_with: set_with Left, left_do_nothing: do_nothing Left,
    right_cascade: cascade Right, right_protect: protect Right, right_restrict: restrict Right,
    right_set_null: set_null Right, right_set_default: set_default Right, right_set_with: set_with Right,
    right_do_nothing: do_nothing Right,
} }

#[derive(Schema)]
struct Tied {
    left: Table<Left>,
    right: Table<Right>,
    ties: Table<Tie>,
}

/// Links that are rows with two keys, of all pairs of actions; the links are read where both keys have the same action.
pub(crate) fn through_models(tally: &mut Tally) {
    for (place, one) in Action::ALL.into_iter().enumerate() {
        for other in Action::ALL {
            let keys = vec![key(2, 0, names!("left_"), one), key(2, 1, names!("right_"), other)];
            let mut shape = Shape::of_keys(&["Left", "Right", "Tie"], keys);
            let name = names!("")[place];
            shape.through = (one == other).then_some(Through { name, source_key: 0, target_key: 1 });
            try_all::<Tied>(&shape, Bounds { models: &[0, 1, 2], rows: ROWS }, tally);
        }
    }
}
