//! Planted bugs: a small repository with one mistake, checked against the reference. Every mistake is found, and shrinks to
//! few operations. `PLANTED_SEEDS` sets the number of seeds for each, `PLANTED_BUG` names one.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use relarena::operation::{Cell, Fields, Label, LinkStatement, Name, Operation, Statement, Verb};
use relarena::proptest::{Kind, OperationsConfig, any_operations};
use relarena::reference::{Effect, Model as Reference};

use crate::library::Library;

/// A mistake that people make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bug {
    /// Books stay when their author goes.
    CascadeForgotten,
    /// Loans stay when their book goes.
    SecondCascadeForgotten,
    /// A teacher's pupils keep naming the teacher.
    SetNullForgotten,
    /// A prequel goes although a sequel stays.
    RestrictForgotten,
    /// An editor goes although the book stays.
    ProtectForgotten,
    /// A rollback keeps new rows.
    RollbackKeepsRows,
    /// A rollback of an inner transaction does not happen.
    SavepointIgnored,
    /// A friendship ends on one side only.
    OneSideUnlinked,
    /// Friendships stay when an author goes.
    LinksStay,
    /// Labels of tags are compared for new tags only.
    UniqueUnchecked,
    /// A check is made for new rows only.
    CheckUnchecked,
    /// Friendships are added but not taken away when they are set.
    SetOnlyAdds,
}

const BUGS: [Bug; 12] = [
    Bug::CascadeForgotten,
    Bug::SecondCascadeForgotten,
    Bug::SetNullForgotten,
    Bug::RestrictForgotten,
    Bug::ProtectForgotten,
    Bug::RollbackKeepsRows,
    Bug::SavepointIgnored,
    Bug::OneSideUnlinked,
    Bug::LinksStay,
    Bug::UniqueUnchecked,
    Bug::CheckUnchecked,
    Bug::SetOnlyAdds,
];

type Row = BTreeMap<String, Cell<Label>>;

#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    rows: BTreeMap<Label, (&'static str, Row)>,
    links: BTreeSet<(String, Label, Label)>,
}

/// A repository as one might write it by hand.
struct Repository {
    bug: Option<Bug>,
    state: State,
    saved: Vec<State>,
}

const CASCADES: [(&str, &str); 4] = [("Book", "author"), ("Loan", "book"), ("Loan", "author"), ("Biography", "author")];
const UNIQUES: [(&str, &[&str]); 5] = [
    ("Author", &["name"]),
    ("Book", &["author", "volume"]),
    ("Tag", &["label"]),
    ("Loan", &["book", "author"]),
    ("Biography", &["author"]),
];

/// Fields as the repository keeps them: without the cover, which is read by no name.
fn named(fields: &[(Name, Cell<Label>)]) -> Row {
    let kept = fields.iter().filter(|(name, _)| name != "cover");
    kept.map(|(name, cell)| (name.to_string(), cell.clone())).collect()
}

impl Repository {
    fn new(bug: Option<Bug>) -> Self {
        Self { bug, state: State::default(), saved: Vec::new() }
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// Carries a statement out; answers whether it was accepted. Labels of new rows are the reference's.
    fn execute(&mut self, statement: &Statement, effect: Option<&Effect>) -> bool {
        let before = self.state.clone();
        let given = effect.map(|effect| effect.created.as_slice()).unwrap_or_default();
        // Where the reference creates fewer rows, the repository's have labels that no other row has.
        let labels: Vec<Label> = given.iter().copied().chain((0..16).map(|place| Label::MAX - place)).collect();
        let accepted = match statement {
            Statement::Insert { model, rows, .. } => {
                rows.iter().enumerate().all(|(place, fields)| self.insert(model, labels[place], fields))
            }
            Statement::Write { row, fields, .. } => self.write(*row, fields),
            Statement::Delete { row, .. } => self.delete(&BTreeSet::from([*row])),
            Statement::DeleteMany { rows, .. } => self.delete(&rows.iter().copied().collect()),
            Statement::Links(change) => self.change_links(change, &labels),
            other => unreachable!("the programs have no {other:?}"),
        };
        if !accepted {
            self.state = before;
        }
        accepted
    }

    fn insert(&mut self, model: &'static str, label: Label, fields: &Fields<Label>) -> bool {
        self.state.rows.insert(label, (model, named(fields)));
        !self.collides(label) && self.passes(label)
    }

    fn write(&mut self, label: Label, fields: &Fields<Label>) -> bool {
        let Some((model, row)) = self.state.rows.get_mut(&label) else { return false };
        row.extend(named(fields));
        let is_tag = *model == "Tag";
        let unique = is_tag && self.has(Bug::UniqueUnchecked) || !self.collides(label);
        unique && (self.has(Bug::CheckUnchecked) || self.passes(label))
    }

    fn passes(&self, label: Label) -> bool {
        let (model, row) = &self.state.rows[&label];
        match (row.get("born"), row.get("died")) {
            (Some(Cell::Int(born)), Some(Cell::Int(died))) => *model != "Author" || born <= died,
            _ => true,
        }
    }

    fn collides(&self, label: Label) -> bool {
        let (model, row) = &self.state.rows[&label];
        UNIQUES.iter().filter(|(of, _)| of == model).any(|(_, fields)| {
            let same = |other: &Row| fields.iter().all(|field| other[*field] == row[*field]);
            self.state.rows.iter().any(|(other, (of, fields))| *other != label && of == model && same(fields))
        })
    }

    fn pointing(&self, key: (&str, &str), at: &BTreeSet<Label>) -> Vec<Label> {
        let points = |(model, row): &(&str, Row)| {
            *model == key.0 && matches!(&row[key.1], Cell::Row(target) if at.contains(target))
        };
        self.state.rows.iter().filter(|(_, row)| points(row)).map(|(label, _)| *label).collect()
    }

    fn delete(&mut self, roots: &BTreeSet<Label>) -> bool {
        let mut doomed = roots.clone();
        loop {
            let before = doomed.len();
            for key in CASCADES {
                let forgotten = key == ("Book", "author") && self.has(Bug::CascadeForgotten)
                    || key == ("Loan", "book") && self.has(Bug::SecondCascadeForgotten);
                if !forgotten {
                    let more = self.pointing(key, &doomed);
                    doomed.extend(more);
                }
            }
            if doomed.len() == before {
                break;
            }
        }
        let protects = !self.pointing(("Book", "editor"), &doomed).is_empty();
        let sequels = self.pointing(("Book", "prequel"), &doomed);
        let restricts = sequels.iter().any(|sequel| !doomed.contains(sequel));
        let lives = self.pointing(("Biography", "biographer"), &doomed);
        // Nobody names a substitute in these programs.
        let lacks_substitute = lives.iter().any(|life| !doomed.contains(life));
        let is_protected = protects && !self.has(Bug::ProtectForgotten);
        if is_protected || restricts && !self.has(Bug::RestrictForgotten) || lacks_substitute {
            return false;
        }
        if !self.has(Bug::SetNullForgotten) {
            for pupil in self.pointing(("Author", "teacher"), &doomed) {
                let (_, row) = self.state.rows.get_mut(&pupil).expect("a pupil is living");
                row.insert("teacher".into(), Cell::Null);
            }
        }
        self.state.rows.retain(|label, _| !doomed.contains(label));
        let stays = self.has(Bug::LinksStay);
        self.state.links.retain(|(relation, one, other)| {
            stays && relation == "Author.friends" || !doomed.contains(one) && !doomed.contains(other)
        });
        true
    }

    fn change_links(&mut self, change: &LinkStatement, labels: &[Label]) -> bool {
        let LinkStatement { verb, row, relation, others, .. } = change;
        if ["lenders", "borrowed"].contains(&relation.as_ref()) {
            return self.change_loans(change, labels);
        }
        let turns = relation == "books";
        let name = if relation == "friends" { "Author.friends" } else { "Book.tags" };
        let link = |one, other| (name.to_owned(), if turns { other } else { one }, if turns { one } else { other });
        let linked = |links: &BTreeSet<(String, Label, Label)>| -> BTreeSet<Label> {
            let own = links.iter().filter(|(relation, ..)| relation == name);
            own.filter(|(_, one, other)| *(if turns { other } else { one }) == *row)
                .map(|(_, one, other)| if turns { *one } else { *other })
                .collect()
        };
        for other in linked(&self.state.links) {
            let goes = match verb {
                Verb::Link => false,
                Verb::Unlink => others.contains(&other),
                Verb::Set if relation == "friends" && self.has(Bug::SetOnlyAdds) => false,
                Verb::Set => !others.contains(&other),
                Verb::Clear => true,
            };
            if goes {
                self.state.links.remove(&link(*row, other));
                if relation == "friends" && !self.has(Bug::OneSideUnlinked) {
                    self.state.links.remove(&link(other, *row));
                }
            }
        }
        if matches!(verb, Verb::Link | Verb::Set) {
            for other in others {
                self.state.links.insert(link(*row, *other));
                if relation == "friends" {
                    self.state.links.insert(link(*other, *row));
                }
            }
        }
        true
    }

    /// Links by way of a model are its rows.
    fn change_loans(&mut self, change: &LinkStatement, labels: &[Label]) -> bool {
        let (here, there) = if change.relation == "lenders" { ("book", "author") } else { ("author", "book") };
        let own = self.pointing(("Loan", here), &BTreeSet::from([change.row]));
        let other_end = |state: &State, loan: Label| match &state.rows[&loan].1[there] {
            Cell::Row(other) => *other,
            other => unreachable!("a loan names its book and author, not {other:?}"),
        };
        let goes = |other: &Label| match change.verb {
            Verb::Link => false,
            Verb::Unlink => change.others.contains(other),
            Verb::Set => !change.others.contains(other),
            Verb::Clear => true,
        };
        let mut linked: BTreeSet<Label> = BTreeSet::new();
        for loan in own {
            let other = other_end(&self.state, loan);
            if goes(&other) {
                self.state.rows.remove(&loan);
            } else {
                linked.insert(other);
            }
        }
        if matches!(change.verb, Verb::Unlink | Verb::Clear) {
            return true;
        }
        let mut made = 0;
        for other in &change.others {
            if !linked.insert(*other) {
                continue;
            }
            let mut row = named(change.extra(made));
            row.extend([(here.to_owned(), Cell::Row(change.row)), (there.to_owned(), Cell::Row(*other))]);
            self.state.rows.insert(labels[made], ("Loan", row));
            made += 1;
        }
        true
    }

    fn begin(&mut self) {
        self.saved.push(self.state.clone());
    }

    fn end(&mut self, commits: bool) {
        let saved = self.saved.pop().expect("a transaction is open");
        if commits || self.has(Bug::SavepointIgnored) && !self.saved.is_empty() {
            return;
        }
        let after = std::mem::replace(&mut self.state, saved);
        if self.has(Bug::RollbackKeepsRows) {
            for (label, row) in after.rows {
                self.state.rows.entry(label).or_insert(row);
            }
        }
    }
}

/// The repository and the reference side by side.
struct Pair {
    reference: Reference<Library>,
    repository: Repository,
}

impl Pair {
    fn run(&mut self, program: &[Operation]) -> Result<(), String> {
        for operation in program {
            if let Operation::Transaction { commits, operations, .. } = operation {
                self.reference.begin();
                self.repository.begin();
                self.run(operations)?;
                if *commits {
                    self.reference.commit().expect("no key of the library dangles");
                } else {
                    self.reference.rollback();
                }
                self.repository.end(*commits);
            } else if let Some(statement) = self.reference.prepare(operation).expect("operations are the library's") {
                let expected = self.reference.execute(&statement);
                let accepted = self.repository.execute(&statement, expected.as_ref().ok());
                if accepted != expected.is_ok() {
                    return Err(format!("{statement:?}: accepted is {accepted}, expected {expected:?}"));
                }
            }
            let expected = self.expected();
            if self.repository.state != expected {
                return Err(format!("{operation:?}: expected {expected:?}, got {:?}", self.repository.state));
            }
        }
        Ok(())
    }

    fn expected(&self) -> State {
        let mut state = State { rows: BTreeMap::new(), links: self.reference.links().into_iter().collect() };
        for model in ["Author", "Book", "Tag", "Loan", "Biography"] {
            for label in self.reference.rows(model) {
                let name = |(name, cell): (&str, Cell<Label>)| (name.to_owned(), cell);
                state.rows.insert(label, (model, self.reference.values(label).into_iter().map(name).collect()));
            }
        }
        // The repository has no cover.
        for (_, row) in state.rows.values_mut() {
            row.remove("cover");
        }
        state
    }
}

fn check(bug: Option<Bug>, program: &[Operation]) -> Result<(), String> {
    let mut pair = Pair { reference: Reference::new(), repository: Repository::new(bug) };
    pair.run(program)
}

fn programs() -> impl Strategy<Value = Vec<Operation>> {
    let kinds = [
        Kind::Insert,
        Kind::InsertMany,
        Kind::Set,
        Kind::Update,
        Kind::Delete,
        Kind::DeleteMany,
        Kind::Link,
        Kind::Unlink,
        Kind::SetLinks,
        Kind::ClearLinks,
        Kind::Transaction,
    ];
    any_operations::<Library>(OperationsConfig::default().only(&kinds).length(0..=60))
}

/// The smallest program that was found for a seed; none if no case failed.
fn minimal(bug: Option<Bug>, seed: u64) -> Option<Vec<Operation>> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: 256, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let failed = runner.run(&programs(), |program| check(bug, &program).map_err(TestCaseError::fail));
    match failed {
        Ok(()) => None,
        Err(TestError::Fail(_, program)) => Some(program),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

#[test]
fn without_a_planted_bug_the_repository_agrees() {
    assert_eq!(minimal(None, 0), None);
}

#[test]
fn planted_bugs_shrink_to_four_operations_at_most() {
    let seeds: u64 = std::env::var("PLANTED_SEEDS").map_or(20, |seeds| seeds.parse().expect("a number of seeds"));
    let only = std::env::var("PLANTED_BUG").ok();
    let is_asked_for = |bug: &Bug| only.as_ref().is_none_or(|only| *only == format!("{bug:?}"));
    let mut failures = Vec::new();
    for bug in BUGS.into_iter().filter(is_asked_for) {
        let (mut sizes, mut largest) = (BTreeMap::<usize, u64>::new(), (0, Vec::new()));
        for seed in 0..seeds {
            let program = minimal(Some(bug), seed).unwrap_or_else(|| panic!("{bug:?} was not found with seed {seed}"));
            assert!(check(Some(bug), &program).is_err(), "what is shown does not fail: {program:?}");
            let size = program.iter().map(Operation::count).sum();
            *sizes.entry(size).or_default() += 1;
            if size > largest.0 {
                largest = (size, program);
            }
        }
        let small: u64 = sizes.range(..=4).map(|(_, count)| count).sum();
        println!("{bug:?}: {small} of {seeds} at most 4 operations; sizes {sizes:?}; the largest {:?}", largest.1);
        if small * 100 < seeds * 95 {
            failures.push(bug);
        }
    }
    assert_eq!(failures, []);
}
