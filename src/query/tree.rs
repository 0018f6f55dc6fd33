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

/// A condition before its hops are resolved.
pub(crate) enum Tree<'q, S> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    One {
        hops: Vec<Hop>,
        test: BoxedTest<'q, S>,
    },
    /// Two paths, and the field at the end of the second, if it is one.
    Two {
        left: Vec<Hop>,
        right: (Vec<Hop>, Option<usize>),
        test: PairTest<'q, S>,
    },
    Related {
        hops: Vec<Hop>,
        quantifier: Quantifier<'q>,
        condition: Box<Self>,
    },
    Annotation {
        place: usize,
        test: AnnotationTest<'q>,
    },
    /// Two values, of which one is an annotation, and how they must stand to each other.
    Beside {
        left: Beside<ReadAlong<'q, S>>,
        right: Beside<ReadAlong<'q, S>>,
        accepts: fn(Ordering) -> bool,
    },
}

impl<S> Tree<'_, S> {
    /// Whether it looks at an annotation. O(size).
    pub(crate) fn has_annotation(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::has_annotation),
            Self::Not(inner) => inner.has_annotation(),
            Self::Annotation { .. } | Self::Beside { .. } => true,
            Self::One { .. } | Self::Two { .. } | Self::Related { .. } => false,
        }
    }
}
