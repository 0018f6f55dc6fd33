//! Related test data for `proptest`: stores in which every rule holds, and programs of writes in which every row is there.
//!
//! [`any_store`] and [`any_operations`] need the derives and nothing else. Fields take their values from `Arbitrary`, or from
//! `#[strategy(...)]` on the field. Stores shrink by planned deletes towards few plain rows, programs towards few operations.
//! What a program ought to lead to says the [`reference`](crate::reference). Absent here: anything that runs a program.

mod config;
mod draw;
mod forms;
mod plan;
mod planner;
mod possible;
mod program;
mod program_tree;
mod step;
mod store_tree;

pub use config::{Kind, OperationsConfig, Shape, StoreConfig};
pub use program_tree::OperationsTree;
pub use store_tree::StoreTree;

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::fmt;

use proptest::strategy::{NewTree, Strategy};
use proptest::test_runner::TestRunner;

use self::draw::{Source, Trees};
use self::planner::Planner;
use self::program::{Program, Writer};
use crate::operation::Operation;
use crate::reference::{KitSchema, Model};
use crate::store::Store;
use crate::view::View;

/// Stores with rows, in which every key, unique rule, check and link rule holds. See [`any_store`].
pub struct AnyStore<S> {
    source: Rc<Source<S>>,
    config: StoreConfig,
}

/// A strategy for populated stores, from the derives alone.
///
/// Rows are drawn so that rules hold: one-to-one keys among the rows that are free, unique values that are not taken, all else
/// by drawing again. Where rules leave no room there are fewer rows. A store shrinks by planned deletes, so that what goes takes
/// along what depends on it, then towards few links and plain contents; keys become null or name the first row. O(rows × rules)
/// to make, and for each step of shrinking.
///
/// # Panics
///
/// If a field's type does not implement `Arbitrary` and the field has neither `#[strategy(...)]` nor a default; if the
/// configuration names what the schema has not; if of many rows drawn of a model none passes its checks.
///
/// ```
/// use proptest::prelude::*;
/// use relarena::prelude::*;
/// use relarena::proptest::{StoreConfig, any_store};
///
/// #[derive(Model, Clone, Debug)]
/// struct Author { #[unique] #[strategy("[a-z]{1,8}")] name: String }
/// #[derive(Model, Clone, Debug)]
/// struct Book { #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
/// #[derive(Schema)]
/// struct Library { authors: Table<Author>, books: Table<Book> }
///
/// proptest!(|(db in any_store::<Library>(StoreConfig::default()))| {
///     prop_assert_eq!(db.audit(), []);
///     for book in db.rows::<Book>() {
///         prop_assert!(db.contains(book.author));
///     }
/// });
/// ```
#[track_caller]
pub fn any_store<S: KitSchema>(config: StoreConfig) -> AnyStore<S> {
    let source = Source::new(|model, field| config.null_rate_at(model, field));
    source.assert_makes(&config);
    AnyStore { source: Rc::new(source), config }
}

impl<S> fmt::Debug for AnyStore<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("AnyStore").field(&self.config).finish()
    }
}

impl<S: KitSchema> Strategy for AnyStore<S> {
    type Tree = StoreTree<S>;
    type Value = Store<S>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let mut trees = Trees::new();
        let mut planner = Planner { source: &self.source, config: &self.config, runner, trees: &mut trees };
        let plan = planner.draw()?;
        Ok(StoreTree::new(Rc::clone(&self.source), trees, plan))
    }
}

/// Programs of writes. See [`any_operations`].
pub struct AnyOperations<S> {
    source: Source<S>,
    config: OperationsConfig,
    start: Model<S>,
}

/// A strategy for programs of writes on an empty store, from the derives alone.
///
/// A program is drawn beside the reference, so that its rows are living and its refusals are as many as are asked for. It shrinks
/// towards few operations, where those that stay go on naming the same rows; then towards short ones and plain contents. O(length
/// × everything) to make, and for each step of shrinking.
///
/// # Panics
///
/// If a field's type does not implement `Arbitrary` and the field has neither `#[strategy(...)]` nor a default; if the
/// configuration names what the schema has not; if of many rows drawn of a model none passes its checks; if a model can never
/// have a first row, since a required key names rows that never are there and programs may not reserve ids.
///
/// ```
/// use proptest::prelude::*;
/// use relarena::prelude::*;
/// use relarena::proptest::{OperationsConfig, any_operations};
/// use relarena::reference::Session;
///
/// #[derive(Model, Clone, Debug)]
/// struct Author { name: String }
/// #[derive(Model, Clone, Debug)]
/// struct Book { #[foreign_key(on_delete = cascade, reverse = BOOKS)] author: Id<Author> }
/// #[derive(Schema)]
/// struct Library { authors: Table<Author>, books: Table<Book> }
///
/// proptest!(|(program in any_operations::<Library>(OperationsConfig::default()))| {
///     let (mut db, mut session) = (Store::<Library>::new(), Session::new());
///     session.run(&mut db, &program)?;
///     session.compare(&db)?;
/// });
/// ```
#[track_caller]
pub fn any_operations<S: KitSchema>(config: OperationsConfig) -> AnyOperations<S> {
    any_operations_after(&Model::new(), config)
}

/// A strategy for programs of writes on a store that has rows: as [`any_operations`], from the rows that are there.
///
/// # Panics
///
/// As [`any_operations`].
#[track_caller]
pub fn any_operations_on<S: KitSchema>(view: &View<S>, config: OperationsConfig) -> AnyOperations<S> {
    any_operations_after(&Model::of(view).0, config)
}

/// A strategy for programs of writes from a state of the reference on: what `proptest-state-machine` asks for.
///
/// # Panics
///
/// As [`any_operations`].
#[track_caller]
pub fn any_operations_after<S: KitSchema>(state: &Model<S>, config: OperationsConfig) -> AnyOperations<S> {
    let source = Source::new(|_, _| config.null_rate);
    source.assert_plays(&config, state);
    AnyOperations { source, config, start: state.clone() }
}

impl<S> fmt::Debug for AnyOperations<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("AnyOperations").field(&self.config).finish()
    }
}

impl<S: KitSchema> Strategy for AnyOperations<S> {
    type Tree = OperationsTree<S>;
    type Value = Vec<Operation>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let (mut trees, start) = (Trees::new(), self.start.clone());
        let writer = Writer {
            source: &self.source,
            config: &self.config,
            runner,
            trees: &mut trees,
            reference: start.clone(),
            program: Program::default(),
        };
        let program = writer.write()?;
        Ok(OperationsTree::new(start, trees, program))
    }
}
