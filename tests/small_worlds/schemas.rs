//! Schemas of one key each, for every action, nullable or not, unique or not, with and without a rule over the key.

use relarena::prelude::*;

use crate::enumerate::{Bounds, worlds};
use crate::trial::{Tally, Trial};
use crate::world::{Action, Key, Rule, Shape};

/// A debug build has no time for all worlds of five rows.
const ROWS: usize = if cfg!(debug_assertions) { 4 } else { 5 };

/// How a store's rows are made where names alone do not suffice.
trait KeyTo<M>: Sized {
    fn key_to(target: Option<Id<M>>) -> Self;
}
impl<M> KeyTo<M> for Id<M> {
    fn key_to(target: Option<Id<M>>) -> Self {
        target.expect("a required key names a row")
    }
}
impl<M> KeyTo<M> for Option<Id<M>> {
    fn key_to(target: Option<Id<M>>) -> Self {
        target
    }
}

fn key_between(models: [usize; 2], kind: &str, action: &str, type_name: &str) -> Key {
    Key {
        source: models[0],
        field: "key",
        target: models[1],
        action: Action::spelt(action),
        is_nullable: type_name.starts_with("Option"),
        is_unique: kind == "one_to_one",
    }
}

/// For each line a module with a target, a source with a key of this kind, and a function that tries all its worlds.
macro_rules! one_key {
    (@module $name:ident, $rule:expr, [$($attributes:tt)*] $kind:ident $action:ident [$($key:tt)*]) => {
        mod $name {
            use super::*;

            #[derive(Model, Clone)]
            struct Target {}

            #[derive(Model, Clone)]
            $($attributes)*
            struct Source {
                #[$kind(on_delete = $action)]
                key: $($key)*,
                #[field(default = false)]
                flag: bool,
            }

            #[derive(Schema)]
            struct World {
                targets: Table<Target>,
                sources: Table<Source>,
            }

            pub(super) fn run(tally: &mut Tally) {
                let key = key_between([1, 0], stringify!($kind), stringify!($action), stringify!($($key)*));
                let mut shape = Shape::of_keys(&["Target", "Source"], vec![key]);
                shape.rule = $rule;
                tally.shapes += 1;
                let bounds = Bounds { models: &[0, 1], rows: ROWS };
                worlds(&shape, bounds, &mut |world| {
                    if tally.takes(world) {
                        Trial::<World>::new(&shape, world, tally.worlds.is_multiple_of(2)).run(tally);
                    }
                });
            }
        }
    };
    ($all:ident, $rule:expr, $attributes:tt $($name:ident: $kind:ident $action:ident $key:tt,)+) => {
        $(one_key!(@module $name, $rule, $attributes $kind $action $key);)+

        pub(crate) fn $all(tally: &mut Tally) {
            $($name::run(tally);)+
        }
    };
}

one_key! { one_key_without_rules, Rule::None, []
    cascade: foreign_key cascade [Id<Target>],
    protect: foreign_key protect [Id<Target>],
    restrict: foreign_key restrict [Id<Target>],
    set_default: foreign_key set_default [Id<Target>],
    set_with: foreign_key set_with [Id<Target>],
    do_nothing: foreign_key do_nothing [Id<Target>],
    nullable_cascade: foreign_key cascade [Option<Id<Target>>],
    nullable_protect: foreign_key protect [Option<Id<Target>>],
    nullable_restrict: foreign_key restrict [Option<Id<Target>>],
    nullable_set_null: foreign_key set_null [Option<Id<Target>>],
    nullable_set_default: foreign_key set_default [Option<Id<Target>>],
    nullable_set_with: foreign_key set_with [Option<Id<Target>>],
    nullable_do_nothing: foreign_key do_nothing [Option<Id<Target>>],
    unique_cascade: one_to_one cascade [Id<Target>],
    unique_protect: one_to_one protect [Id<Target>],
    unique_restrict: one_to_one restrict [Id<Target>],
    unique_set_default: one_to_one set_default [Id<Target>],
    unique_set_with: one_to_one set_with [Id<Target>],
    unique_do_nothing: one_to_one do_nothing [Id<Target>],
    unique_nullable_cascade: one_to_one cascade [Option<Id<Target>>],
    unique_nullable_protect: one_to_one protect [Option<Id<Target>>],
    unique_nullable_restrict: one_to_one restrict [Option<Id<Target>>],
    unique_nullable_set_null: one_to_one set_null [Option<Id<Target>>],
    unique_nullable_set_default: one_to_one set_default [Option<Id<Target>>],
    unique_nullable_set_with: one_to_one set_with [Option<Id<Target>>],
    unique_nullable_do_nothing: one_to_one do_nothing [Option<Id<Target>>],
}

one_key! { one_key_unique_with_flag, Rule::UniqueWithFlag, [#[unique_together(key, flag)]]
    pair_cascade: foreign_key cascade [Id<Target>],
    pair_set_default: foreign_key set_default [Id<Target>],
    pair_set_with: foreign_key set_with [Id<Target>],
    pair_do_nothing: foreign_key do_nothing [Id<Target>],
    pair_nullable_restrict: foreign_key restrict [Option<Id<Target>>],
    pair_nullable_set_null: foreign_key set_null [Option<Id<Target>>],
    pair_nullable_set_default: foreign_key set_default [Option<Id<Target>>],
    pair_nullable_set_with: foreign_key set_with [Option<Id<Target>>],
    pair_nullable_do_nothing: foreign_key do_nothing [Option<Id<Target>>],
}

one_key! { one_key_unique_where_flag, Rule::UniqueWhereFlag,
    [#[unique_together(key, where = |row| row.flag, name = "flagged")]]
    flagged_cascade: foreign_key cascade [Id<Target>],
    flagged_set_default: foreign_key set_default [Id<Target>],
    flagged_set_with: foreign_key set_with [Id<Target>],
    flagged_do_nothing: foreign_key do_nothing [Id<Target>],
    flagged_nullable_restrict: foreign_key restrict [Option<Id<Target>>],
    flagged_nullable_set_null: foreign_key set_null [Option<Id<Target>>],
    flagged_nullable_set_default: foreign_key set_default [Option<Id<Target>>],
    flagged_nullable_set_with: foreign_key set_with [Option<Id<Target>>],
    flagged_nullable_do_nothing: foreign_key do_nothing [Option<Id<Target>>],
}

one_key! { one_key_or_flag, Rule::KeyOrFlag, [#[check(name = "key_or_flag", |row| row.key.is_some() || row.flag)]]
    checked_cascade: foreign_key cascade [Option<Id<Target>>],
    checked_restrict: foreign_key restrict [Option<Id<Target>>],
    checked_set_null: foreign_key set_null [Option<Id<Target>>],
    checked_set_default: foreign_key set_default [Option<Id<Target>>],
    checked_set_with: foreign_key set_with [Option<Id<Target>>],
    checked_do_nothing: foreign_key do_nothing [Option<Id<Target>>],
    checked_unique_set_null: one_to_one set_null [Option<Id<Target>>],
    checked_unique_set_default: one_to_one set_default [Option<Id<Target>>],
}

/// The same for a model with a key to itself. Rows may name each other in a circle, so their ids are reserved first.
macro_rules! self_key {
    ($all:ident, $($name:ident: $kind:ident $action:ident [$($key:tt)*],)+) => {
        $(mod $name {
            use super::*;

            #[derive(Model, Clone)]
            struct Node {
                #[$kind(on_delete = $action)]
                key: $($key)*,
            }

            #[derive(Schema)]
            struct World {
                nodes: Table<Node>,
            }

            pub(super) fn run(tally: &mut Tally) {
                let key = key_between([0, 0], stringify!($kind), stringify!($action), stringify!($($key)*));
                let shape = Shape::of_keys(&["Node"], vec![key]);
                tally.shapes += 1;
                let bounds = Bounds { models: &[0], rows: ROWS };
                worlds(&shape, bounds, &mut |world| {
                    if !tally.takes(world) {
                        return;
                    }
                    let mut db = Store::<World>::new();
                    let nodes = db.transaction(|tx| {
                        let ids: Vec<Id<Node>> =
                            world.keys[0].iter().map(|_| tx.reserve::<Node>()).collect::<Result<_, _>>()?;
                        for (id, target) in ids.iter().zip(&world.keys[0]) {
                            let key = KeyTo::key_to(target.map(|target| ids[target]));
                            tx.insert_reserved(*id, Node { key })?;
                        }
                        Ok(ids)
                    });
                    let nodes = nodes.expect("the world is legal").into_iter().map(|id| db.key_of(id));
                    let rows = vec![nodes.collect()];
                    Trial::with(&shape, world, db, rows).run(tally);
                });
            }
        })+

        pub(crate) fn $all(tally: &mut Tally) {
            $($name::run(tally);)+
        }
    };
}

self_key! { self_keys,
    self_cascade: foreign_key cascade [Id<Node>],
    self_protect: foreign_key protect [Id<Node>],
    self_restrict: foreign_key restrict [Id<Node>],
    self_set_default: foreign_key set_default [Id<Node>],
    self_set_with: foreign_key set_with [Id<Node>],
    self_do_nothing: foreign_key do_nothing [Id<Node>],
    self_nullable_cascade: foreign_key cascade [Option<Id<Node>>],
    self_nullable_protect: foreign_key protect [Option<Id<Node>>],
    self_nullable_restrict: foreign_key restrict [Option<Id<Node>>],
    self_nullable_set_null: foreign_key set_null [Option<Id<Node>>],
    self_nullable_set_default: foreign_key set_default [Option<Id<Node>>],
    self_nullable_set_with: foreign_key set_with [Option<Id<Node>>],
    self_nullable_do_nothing: foreign_key do_nothing [Option<Id<Node>>],
    self_unique_cascade: one_to_one cascade [Id<Node>],
    self_unique_protect: one_to_one protect [Id<Node>],
    self_unique_restrict: one_to_one restrict [Id<Node>],
    self_unique_set_default: one_to_one set_default [Id<Node>],
    self_unique_set_with: one_to_one set_with [Id<Node>],
    self_unique_do_nothing: one_to_one do_nothing [Id<Node>],
    self_unique_nullable_cascade: one_to_one cascade [Option<Id<Node>>],
    self_unique_nullable_protect: one_to_one protect [Option<Id<Node>>],
    self_unique_nullable_restrict: one_to_one restrict [Option<Id<Node>>],
    self_unique_nullable_set_null: one_to_one set_null [Option<Id<Node>>],
    self_unique_nullable_set_default: one_to_one set_default [Option<Id<Node>>],
    self_unique_nullable_set_with: one_to_one set_with [Option<Id<Node>>],
    self_unique_nullable_do_nothing: one_to_one do_nothing [Option<Id<Node>>],
}
