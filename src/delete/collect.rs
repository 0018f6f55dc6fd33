//! The collection: what a delete would do, found by reading keys alone.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::doomed::{Doomed, DoomedRows, Run};
use super::marks::Marks;
use crate::engine::Engine;
use crate::error::{Blocked, Blocker, Error, Reference, Step};
use crate::id::RawId;
use crate::journal::Substitute;
use crate::model::OnDelete;
use crate::relation::Sources;

/// The rows that the call named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Roots {
    None,
    /// One row, which needs no mark: whoever comes back to it compares.
    One(usize, u32),
    /// Several rows of a model.
    Of(usize),
    /// Rows of several models.
    OfSeveral,
}

impl Roots {
    /// The only row that the call named, if it is one of this model.
    fn lone(self, model: usize) -> Option<u32> {
        match self {
            Self::One(of, slot) if of == model => Some(slot),
            _ => None,
        }
    }
}

/// How rows of a model are kept from being doomed twice.
#[derive(Clone, Copy)]
enum Guard {
    /// They are reached in one way only.
    None,
    /// So they are but for the only row that the call named.
    Lone(u32),
    /// By marks, and maybe that row has none.
    Marks(Option<u32>),
}

/// A referrer's key towards a doomed row: the relation, the referrer's slot, the place of the doomed row.
#[derive(Clone, Copy)]
pub(crate) struct Referrer {
    pub(crate) relation: usize,
    pub(crate) source: u32,
    doomed: u32,
}

/// A key to be rewritten.
#[derive(Clone, Copy)]
pub(crate) struct Rewrite {
    pub(crate) relation: usize,
    pub(crate) source: u32,
    pub(crate) old: RawId,
    pub(crate) new: Option<RawId>,
}

/// Everything a delete would do.
pub(crate) struct Collection<'a> {
    engine: &'a Engine,
    /// Doomed rows. While collecting only those that could be reached twice: rows of the models that the call named,
    /// and of models with several cascading keys.
    marks: Marks,
    roots: Roots,
    pub(super) doomed: DoomedRows,
    pub(crate) rewrites: Vec<Rewrite>,
    /// `do_nothing` keys that would dangle.
    pub(crate) left: Vec<Referrer>,
    protects: Vec<Referrer>,
    restricts: Vec<Referrer>,
    unnamed: Option<usize>,
}

impl<'a> Collection<'a> {
    /// Collects the closure of live rows in empty `room`. O(doomed rows, their referrers and links).
    pub(crate) fn new(engine: &'a Engine, room: DoomedRows, roots: impl Iterator<Item = (usize, u32)>) -> Self {
        let mut collection = Self {
            engine,
            marks: Marks::default(),
            roots: Roots::None,
            doomed: room,
            rewrites: Vec::new(),
            left: Vec::new(),
            protects: Vec::new(),
            restricts: Vec::new(),
            unnamed: None,
        };
        for (model, slot) in roots {
            collection.add_root(model, slot);
        }
        let mut next = 0;
        while let Some(&run) = collection.doomed.runs.get(next) {
            collection.visit(run);
            next += 1;
        }
        collection.settle();
        collection
    }

    fn add_root(&mut self, model: usize, slot: u32) {
        // Roots of several models: mark all, since a root may be reached from another.
        self.roots = match self.roots {
            Roots::None => Roots::One(model, slot),
            Roots::One(first, root) => {
                self.marks.insert(first, root);
                if first == model { Roots::Of(model) } else { Roots::OfSeveral }
            }
            Roots::Of(other) if other == model => Roots::Of(model),
            Roots::Of(_) | Roots::OfSeveral => Roots::OfSeveral,
        };
        if matches!(self.roots, Roots::One(..)) || self.marks.insert(model, slot) {
            self.doomed.push_root(model, slot);
        }
    }

    /// Looks at all who point at the rows of a run.
    fn visit(&mut self, run: Run) {
        let engine = self.engine;
        for &relation in &engine.catalog.models()[run.model].incoming {
            let info = &engine.catalog.relations()[relation];
            let start = self.doomed.rows.len();
            let guard = self.guard(info.source);
            for place in run.start..run.end {
                let slot = self.doomed.rows[place].slot;
                let sources = engine.relations.sources(info, slot);
                if sources.len() == 0 {
                    continue;
                }
                if info.on_delete == OnDelete::Cascade {
                    self.doom(guard, info.source, place as u32, sources);
                } else {
                    self.refer((relation, info.on_delete), (run.model, place as u32), sources);
                }
            }
            let end = self.doomed.rows.len();
            if start < end {
                self.doomed.runs.push(Run { model: info.source, relation, start, end });
            }
        }
    }

    /// Takes the sources of a doomed row along that are not doomed yet.
    #[inline]
    fn doom(&mut self, guard: Guard, model: usize, parent: u32, sources: Sources<'_>) {
        let doomed = |slot| Doomed { slot, parent };
        match guard {
            Guard::None => sources.for_each_run(|run| self.doomed.rows.extend(run.iter().map(|&slot| doomed(slot)))),
            Guard::Lone(root) => self.doomed.rows.extend(sources.filter(|&source| source != root).map(doomed)),
            Guard::Marks(root) => {
                let is_new = |&source: &u32| Some(source) != root && self.marks.insert(model, source);
                self.doomed.rows.extend(sources.filter(is_new).map(doomed));
            }
        }
    }

    /// Notes what becomes of keys to a doomed row that do not take their rows along.
    fn refer(&mut self, (relation, on_delete): (usize, OnDelete), (model, place): (usize, u32), sources: Sources<'_>) {
        let slot = self.doomed.rows[place as usize].slot;
        for source in sources {
            let referrer = Referrer { relation, source, doomed: place };
            match on_delete {
                OnDelete::Cascade => unreachable!("sources that go are taken along"),
                OnDelete::Protect => self.protects.push(referrer),
                OnDelete::Restrict => self.restricts.push(referrer),
                OnDelete::DoNothing => self.left.push(referrer),
                OnDelete::SetNull => self.rewrite((model, slot), relation, source, Substitute::Null),
                OnDelete::SetDefault | OnDelete::SetWith => {
                    self.rewrite((model, slot), relation, source, self.engine.substitute(relation));
                }
            }
        }
    }

    /// How rows of a model are kept from being doomed twice.
    fn guard(&self, model: usize) -> Guard {
        let root = self.roots.lone(model);
        match root {
            _ if self.is_marked(model) => Guard::Marks(root),
            Some(root) => Guard::Lone(root),
            None => Guard::None,
        }
    }

    /// Whether rows of a model could be reached twice.
    fn is_marked(&self, model: usize) -> bool {
        self.roots == Roots::OfSeveral
            || self.roots == Roots::Of(model)
            || !self.engine.catalog.models()[model].cascades_once
    }

    fn rewrite(&mut self, (model, slot): (usize, u32), relation: usize, source: u32, substitute: Substitute) {
        let new = match substitute {
            Substitute::Null => None,
            Substitute::Row(row) => Some(row),
            // Reported only if a row that stays needs it.
            Substitute::Unnamed => Some(RawId::NULL),
        };
        let old = self.engine.relations.slots[model].id_at(slot).expect("a doomed row is live");
        self.rewrites.push(Rewrite { relation, source, old, new });
    }

    /// Drops what concerns rows that turned out to be doomed themselves. Protecting keys stay: they always block.
    fn settle(&mut self) {
        if self.restricts.is_empty() && self.left.is_empty() && self.rewrites.is_empty() {
            return;
        }
        self.mark_all();
        let (engine, marks) = (self.engine, &self.marks);
        let stays = |relation: usize, source: u32| !marks.contains(engine.catalog.relations()[relation].source, source);
        self.restricts.retain(|one| stays(one.relation, one.source));
        self.left.retain(|one| stays(one.relation, one.source));
        self.rewrites.retain(|one| stays(one.relation, one.source));
        self.unnamed = self.rewrites.iter().find(|one| one.new == Some(RawId::NULL)).map(|one| one.relation);
    }

    /// Marks the doomed rows that were not marked on the way, since someone asks for them. O(doomed).
    pub(crate) fn mark_all(&mut self) {
        for (model, slot) in self.doomed.iter() {
            self.marks.insert(model, slot);
        }
    }

    /// Whether a row would go; asked only where keys are rewritten, or after `mark_all`. O(1).
    pub(crate) fn dooms(&self, model: usize, slot: u32) -> bool {
        self.marks.contains(model, slot)
    }

    /// Protecting and restricting keys. O(blockers).
    pub(crate) fn blockers(&self) -> (Vec<Blocker>, Vec<Blocker>) {
        let list = |referrers: &[Referrer]| {
            let blocker = |one: &Referrer| Blocker { reference: self.reference(*one), step: one.doomed };
            referrers.iter().map(blocker).collect()
        };
        (list(&self.protects), list(&self.restricts))
    }

    pub(crate) fn reference(&self, referrer: Referrer) -> Reference {
        let info = &self.engine.catalog.relations()[referrer.relation];
        let target = self.doomed.rows[referrer.doomed as usize];
        Reference {
            relation: info.name,
            source: self.engine.row_key(info.source, referrer.source),
            target: self.engine.row_key(info.target, target.slot),
        }
    }

    /// The doomed rows as steps of paths. O(doomed).
    pub(crate) fn steps(&self) -> Vec<Step> {
        let steps = self.doomed.runs().flat_map(|(run, rows)| {
            let relation = self.engine.catalog.relations().get(run.relation).map(|info| info.name);
            let step = move |row: &Doomed| Step {
                row: self.engine.row_key(run.model, row.slot),
                relation,
                parent: row.parent,
            };
            rows.iter().map(step)
        });
        steps.collect()
    }

    /// Refuses if something blocks, or if a substitute is needed and not named. O(blockers + doomed) if refused.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !self.protects.is_empty() {
            return Err(Error::Protected(Box::new(Blocked { blockers: self.blockers().0, steps: self.steps() })));
        }
        if !self.restricts.is_empty() {
            return Err(Error::Restricted(Box::new(Blocked { blockers: self.blockers().1, steps: self.steps() })));
        }
        match self.unnamed_substitute() {
            Some(relation) => Err(Error::SubstituteNotNamed { relation }),
            None => Ok(()),
        }
    }

    /// A relation whose substitute is needed and not named. O(1).
    pub(crate) fn unnamed_substitute(&self) -> Option<crate::error::RelationName> {
        self.unnamed.map(|relation| self.engine.catalog.relations()[relation].name)
    }

    /// References that would point at nothing once the rows are gone. O(rewrites + keys left).
    pub(crate) fn dangling(&self) -> Vec<Reference> {
        let rewritten = self.rewrites.iter().filter_map(|one| {
            let info = &self.engine.catalog.relations()[one.relation];
            let new = one.new?;
            let dangles = !self.engine.is_live(info.target, new) || self.dooms(info.target, new.slot());
            dangles.then(|| Reference {
                relation: info.name,
                source: self.engine.row_key(info.source, one.source),
                target: self.engine.catalog.row_key(info.target, new),
            })
        });
        self.left.iter().map(|one| self.reference(*one)).chain(rewritten).collect()
    }
}
