//! What a new user writes, and the mistakes that a new user makes: each is told with the model, the rule and the way out.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use relarena::prelude::*;
use relarena::proptest::{Kind, OperationsConfig, StoreConfig, any_operations, any_operations_on, any_store};
use relarena::reference::{KitSchema, Session};

#[derive(Model, Clone, Debug)]
#[many_to_many(WATCHES: Topic, reverse = WATCHERS, through = Watch)]
struct Member {
    #[unique]
    name: String,
}

#[derive(Model, Clone, Debug)]
struct Topic {
    title: String,
}

#[derive(Model, Clone, Debug)]
#[unique_together(topic, number)]
#[check(name = "has_words", |post| post.words > 0)]
struct Post {
    number: u8,
    words: u16,
    #[foreign_key(on_delete = cascade, reverse = POSTS)]
    topic: Id<Topic>,
    #[foreign_key(on_delete = set_null, reverse = REPLIES)]
    reply_to: Option<Id<Post>>,
}

#[derive(Model, Clone, Debug)]
#[unique_together(member, topic)]
struct Watch {
    #[foreign_key(on_delete = cascade)]
    member: Id<Member>,
    #[foreign_key(on_delete = cascade)]
    topic: Id<Topic>,
}

#[derive(Schema)]
struct Forum {
    members: Table<Member>,
    topics: Table<Topic>,
    posts: Table<Post>,
    watches: Table<Watch>,
}

proptest! {
    #![proptest_config(Config::with_cases(24))]

    #[test]
    fn a_forum_needs_nothing_but_its_models(
        db in any_store::<Forum>(StoreConfig::default().rows(1..=5)),
        program in any_operations::<Forum>(OperationsConfig::default()),
    ) {
        prop_assert_eq!(db.audit(), []);
        prop_assert!(db.rows::<Post>().next().is_some() && db.rows::<Watch>().next().is_some());
        let (mut db, mut session) = (Store::<Forum>::new(), Session::new());
        session.run(&mut db, &program)?;
        session.compare(&db)?;
    }
}

/// Its `depth` is never what its check asks for.
#[derive(Model, Clone, Debug)]
#[check(name = "shallow", |well| well.depth < 10)]
#[check(name = "wet", |well| well.depth > 5)]
struct Well {
    #[strategy(10..20_u32)]
    depth: u32,
}

#[derive(Schema)]
struct Wells {
    wells: Table<Well>,
}

#[test]
#[should_panic(
    expected = "of 1000 rows drawn of `Well` none passes its check `shallow`: give each field that the check reads a `#[strategy(...)]` whose values pass it, or do without the model: `rows_of(\"Well\", 0..=0)`"
)]
fn a_store_of_rows_that_no_check_lets_pass_is_refused() {
    let _ = any_store::<Wells>(StoreConfig::default());
}

#[test]
#[should_panic(
    expected = "of 1000 rows drawn of `Well` none passes its check `shallow`: give each field that the check reads a `#[strategy(...)]` whose values pass it, or do without the model: `weight_of(\"Well\", 0)`"
)]
fn a_program_of_rows_that_no_check_lets_pass_is_refused() {
    let _ = any_operations::<Wells>(OperationsConfig::default());
}

#[test]
fn a_check_is_of_no_concern_where_no_rows_are_wanted() {
    let _ = any_store::<Wells>(StoreConfig::default().rows_of("Well", 0..=0));
    let _ = any_operations::<Wells>(OperationsConfig::default().weight_of("Well", 0));
    let _ = any_operations::<Wells>(OperationsConfig::default().only(&[Kind::Delete]));
}

#[test]
#[should_panic(expected = "`rows_of` names something else: the schema has no model `Posts`")]
fn a_model_that_the_schema_lacks_is_named() {
    let _ = any_store::<Forum>(StoreConfig::default().rows_of("Posts", 1..=2));
}

#[test]
#[should_panic(expected = "`shape_of` names something else: Post has no fitting field or relation `author`: it has")]
fn a_relation_that_the_model_lacks_is_named() {
    let _ = any_store::<Forum>(StoreConfig::default().shape_of("Post", "author", relarena::proptest::Shape::Hub));
}

#[test]
#[should_panic(expected = "`weight_of` names something else: the schema has no model `post`")]
fn a_weight_of_no_model_is_named() {
    let _ = any_operations::<Forum>(OperationsConfig::default().weight_of("post", 5));
}

#[test]
#[should_panic(expected = "`rows` was given 5..=2, in which there is no number")]
fn a_range_without_a_number_is_named() {
    let (most, least) = (2, 5);
    let _ = StoreConfig::default().rows(least..=most);
}

/// A node without a parent is its own.
#[derive(Model, Clone, Debug)]
struct Node {
    #[foreign_key(on_delete = cascade, reverse = CHILDREN)]
    parent: Id<Node>,
    flag: bool,
}

#[derive(Schema)]
struct Tree {
    nodes: Table<Node>,
}

fn sample<S: KitSchema>(config: StoreConfig) -> Store<S> {
    let mut runner = TestRunner::deterministic();
    any_store::<S>(config).new_tree(&mut runner).expect("stores have no filters").current()
}

#[test]
#[should_panic(
    expected = "no program can insert a `Node`: `Node.parent` is required, and there never is a `Node` to name; begin"
)]
fn a_required_key_of_a_model_with_itself_needs_reserved_ids() {
    let _ = any_operations::<Tree>(OperationsConfig::default().only(&[Kind::Insert, Kind::Delete]));
}

#[test]
fn a_required_key_of_a_model_with_itself_is_met_in_stores_and_in_transactions() {
    let db = sample::<Tree>(StoreConfig::default().rows(4..=4));
    assert_eq!((db.len::<Node>(), db.audit()), (4, vec![]));
    let only = OperationsConfig::default().only(&[Kind::Insert]).length(8..=8);
    let mut runner = TestRunner::deterministic();
    let mut programs = |operations: relarena::proptest::AnyOperations<Tree>| {
        let program = operations.new_tree(&mut runner).expect("programs have no filters").current();
        let (mut db, mut session) = (db.clone(), Session::of(&db));
        session.run(&mut db, &program).expect("both sides agree");
        db.len::<Node>()
    };
    assert_eq!(programs(any_operations_on(&db, only)), 12);
    // The same programs in every run: of 32 drawn anew not one may reserve the first node.
    let (mut empty, mut runner) = (0, TestRunner::deterministic());
    for _ in 0..32 {
        let config = OperationsConfig::default().weight(Kind::Reserve, 30).weight(Kind::InsertReserved, 30);
        let program = any_operations::<Tree>(config).new_tree(&mut runner).expect("as above").current();
        let (mut db, mut session) = (Store::<Tree>::new(), Session::new());
        session.run(&mut db, &program).expect("both sides agree");
        empty += usize::from(db.rows::<Node>().next().is_none());
    }
    assert!(empty < 32, "some program reserves the first node");
}

/// Rules leave room for two.
#[derive(Model, Clone, Debug)]
struct Side {
    #[unique]
    is_left: bool,
}

#[derive(Schema)]
struct Sides {
    sides: Table<Side>,
}

#[test]
fn a_unique_truth_value_makes_room_for_two_rows() {
    assert_eq!(sample::<Sides>(StoreConfig::default().rows(10..=10)).len::<Side>(), 2);
}
