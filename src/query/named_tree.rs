//! Conditions and aggregates by name, turned into what typed ones are.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::accumulate::Named;
use super::aggregate::{Computation, Read};
use super::found::compare_values;
use super::lookup::{MOST_DEPTH, NamedAggregate, NamedCondition, NamedOperand, comparison, knows_null, orders};
use super::named::NamedQuery;
use super::named_path::{NamedLeaf, NamedPath, NamedTest, access, read};
use super::tree::{Beside, Pair, PairTest, Sides, Tree};
use crate::error::Error;
use crate::table::Schema;
use crate::value::Value;

impl<'q, S: Schema> NamedQuery<'q, S> {
    pub(super) fn path(&self, path: &str) -> Result<NamedPath, Error> {
        NamedPath::new(self.view.catalog(), self.model, path)
    }

    pub(super) fn computations(&self, aggregates: &[(&str, NamedAggregate)]) -> Result<Vec<Computation<'q, S>>, Error> {
        aggregates.iter().map(|(_, aggregate)| self.computation(aggregate)).collect()
    }

    pub(super) fn computation(&self, aggregate: &NamedAggregate) -> Result<Computation<'q, S>, Error> {
        let path = self.path(&aggregate.path)?;
        let filter = aggregate.filter.as_ref().map(|condition| self.condition(condition)).transpose()?;
        let field = if let NamedLeaf::Field(field) = path.leaf { Some(field) } else { None };
        let is_row = matches!(path.leaf, NamedLeaf::Row);
        let measure = Box::new(Named { read: read(&path), field, is_row });
        let (kind, is_distinct) = (aggregate.kind, aggregate.is_distinct);
        Ok(Computation { kind, hops: path.hops, measure, annotation: None, is_distinct, filter })
    }

    /// An aggregate of what was computed for each result.
    pub(super) fn of_annotation(&self, aggregate: &NamedAggregate, place: usize) -> Result<Computation<'q, S>, Error> {
        let filter = aggregate.filter.as_ref().map(|condition| self.condition(condition)).transpose()?;
        let nothing: Read<'q, S> = Box::new(|_, _| Value::Null);
        let (kind, is_distinct) = (aggregate.kind, aggregate.is_distinct);
        let measure = Box::new(Named { read: nothing, field: None, is_row: false });
        let (hops, annotation) = (Vec::new(), Some(place));
        Ok(Computation { kind, hops, measure, annotation, is_distinct, filter })
    }

    /// A condition, unless it nests deeper than those who walk it have room for. O(size).
    pub(super) fn condition(&self, condition: &NamedCondition) -> Result<Tree<'q, S>, Error> {
        let mut left = alloc::vec![(condition, 1)];
        while let Some((condition, depth)) = left.pop() {
            if depth > MOST_DEPTH {
                let what = alloc::format!(
                    "a condition nests deeper than {MOST_DEPTH}; join many parts by one `And` or `Or` instead of by each other"
                );
                return Err(Error::WrongQuery { what: what.into() });
            }
            match condition {
                NamedCondition::And(parts) | NamedCondition::Or(parts) => {
                    left.extend(parts.iter().map(|part| (part, depth + 1)));
                }
                NamedCondition::Not(inner) => left.push((inner, depth + 1)),
                NamedCondition::Compare { .. } => {}
            }
        }
        self.tree(condition)
    }

    fn tree(&self, condition: &NamedCondition) -> Result<Tree<'q, S>, Error> {
        let all =
            |parts: &[NamedCondition]| parts.iter().map(|part| self.tree(part)).collect::<Result<Vec<_>, Error>>();
        Ok(match condition {
            NamedCondition::And(parts) | NamedCondition::Or(parts) if parts.len() == 1 => self.tree(&parts[0])?,
            NamedCondition::And(parts) => Tree::All(all(parts)?),
            NamedCondition::Or(parts) => Tree::Any(all(parts)?),
            NamedCondition::Not(inner) => match self.tree(inner)? {
                // Twice negated is not negated, as in Django.
                Tree::Not(inner) => *inner,
                other => Tree::Not(Box::new(other)),
            },
            NamedCondition::Compare { path, lookup, operand: NamedOperand::Path(other) }
                if self.annotation(path).or_else(|| self.annotation(other)).is_some() =>
            {
                let side = |path: &str| match self.annotation(path) {
                    Some(place) => Ok::<_, Error>(Beside::Annotation(place)),
                    None => {
                        let path = self.path(path)?;
                        let read = read(&path);
                        Ok(Beside::Path((path.hops, read)))
                    }
                };
                Tree::Beside(Box::new(Sides { left: side(path)?, right: side(other)?, accepts: orders(*lookup)? }))
            }
            NamedCondition::Compare { path, lookup, operand: NamedOperand::Path(other) } => {
                let (left, right) = (self.path(path)?, self.path(other)?);
                let (read_left, read_right) = (read(&left), read(&right));
                let accepts = orders(*lookup)?;
                let test: PairTest<'q, S> = Box::new(move |view, left, right| {
                    compare_values(&read_left(view, left), &read_right(view, right)).map(accepts)
                });
                let field = right.field(self.view.catalog());
                Tree::Two(Box::new(Pair { left: left.hops, right: (right.hops, field), test }))
            }
            NamedCondition::Compare { path, lookup, operand } => {
                let holds = comparison(*lookup, operand)?;
                match self.annotation(path) {
                    Some(place) => {
                        let knows_null = knows_null(*lookup, operand);
                        let test = move |value: &Value| (knows_null || *value != Value::Null).then(|| holds(value));
                        Tree::Annotation { place, test: Box::new(test) }
                    }
                    None => {
                        let path = self.path(path)?;
                        let read = read(&path);
                        let served = access(self.view.catalog(), &path, *lookup, operand);
                        let test = Box::new(NamedTest { read, holds, lookup: *lookup, served });
                        Tree::One { hops: path.hops, test }
                    }
                }
            }
        })
    }
}
