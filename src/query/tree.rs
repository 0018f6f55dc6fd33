//! Conditions as data, before their paths are resolved: comparisons joined by and, or, not, and quantified over related rows.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::aggregate::Read;
use super::comparison::BoxedTest;
use super::path::Hop;
use crate::value::Value;
use crate::view::View;

/// Looks at what two paths lead to; an error tells which of the two has no value.
pub(crate) type PairTest<'q, S> = Box<dyn Fn(&View<S>, Option<u32>, Option<u32>) -> Result<bool, (bool, bool)> + 'q>;

/// Looks at an annotation. None if it is null, and the comparison knows no null.
pub(crate) type AnnotationTest<'q> = Box<dyn Fn(&Value) -> Option<bool> + 'q>;

/// How many of the related rows must satisfy a condition.
pub(crate) enum Quantifier<'q> {
    Any,
    All,
    None,
    Count(Box<dyn Fn(usize) -> bool + 'q>),
}

/// A value beside an annotation: another, or what a path leads to.
pub(crate) enum Beside<P> {
    Annotation(usize),
    Path(P),
}

/// A path by name, and how its value is read.
pub(crate) type ReadAlong<'q, S> = (Vec<Hop>, Read<'q, S>);

/// Two paths, and the field at the end of the second, if it is one.
pub(crate) struct Pair<'q, S> {
    pub(crate) left: Vec<Hop>,
    pub(crate) right: (Vec<Hop>, Option<usize>),
    pub(crate) test: PairTest<'q, S>,
}

/// A condition of related rows.
pub(crate) struct OfRelated<'q, S> {
    pub(crate) hops: Vec<Hop>,
    pub(crate) quantifier: Quantifier<'q>,
    pub(crate) condition: Tree<'q, S>,
}

/// Two values, of which one is an annotation, and how they must stand to each other.
pub(crate) struct Sides<'q, S> {
    pub(crate) left: Beside<ReadAlong<'q, S>>,
    pub(crate) right: Beside<ReadAlong<'q, S>>,
    pub(crate) accepts: fn(Ordering) -> bool,
}

/// A condition before its hops are resolved. It is moved a lot, so that what is larger than a comparison is in a box.
pub(crate) enum Tree<'q, S> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    One { hops: Vec<Hop>, test: BoxedTest<'q, S> },
    Two(Box<Pair<'q, S>>),
    Related(Box<OfRelated<'q, S>>),
    Annotation { place: usize, test: AnnotationTest<'q> },
    Beside(Box<Sides<'q, S>>),
}

impl<S> Tree<'_, S> {
    /// Whether it looks at an annotation. O(size).
    pub(crate) fn has_annotation(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::has_annotation),
            Self::Not(inner) => inner.has_annotation(),
            Self::Annotation { .. } | Self::Beside(_) => true,
            Self::One { .. } | Self::Two(_) | Self::Related(_) => false,
        }
    }
}
