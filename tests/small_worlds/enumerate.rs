//! All worlds of a shape, one of each set that differ only in how rows are numbered.

use crate::oracle::is_legal;
use crate::world::{Fallback, Rule, Shape, World};

/// How many rows of each model there may be.
#[derive(Clone, Copy)]
pub(crate) struct Bounds<'a> {
    /// Models that are there; of each there is a row.
    pub(crate) models: &'a [usize],
    /// Rows of all models together.
    pub(crate) rows: usize,
}

/// Calls `visit` with each world.
pub(crate) fn worlds(shape: &Shape, bounds: Bounds<'_>, visit: &mut dyn FnMut(&World)) {
    for sizes in sizes(shape, bounds) {
        let renumberings = renumberings(&sizes);
        let radices = radices(shape, &sizes);
        let mut digits = vec![0; radices.len()];
        loop {
            let world = world(shape, &sizes, &digits);
            // Of all numberings of one world the smallest is looked at.
            if is_legal(shape, &world) && renumberings.iter().all(|to| renumbered(shape, &world, to) >= world) {
                visit(&world);
            }
            if !count_up(&mut digits, &radices) {
                break;
            }
        }
    }
}

fn sizes(shape: &Shape, bounds: Bounds<'_>) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for model in 0..shape.models.len() {
        let range = if bounds.models.contains(&model) { 1..=bounds.rows } else { 0..=0 };
        all = all.iter().flat_map(|sizes| range.clone().map(|size| [sizes.as_slice(), &[size]].concat())).collect();
    }
    all.retain(|sizes| sizes.iter().sum::<usize>() <= bounds.rows);
    all
}

/// The next number in mixed radix; whether there is one.
fn count_up(digits: &mut [usize], radices: &[usize]) -> bool {
    for (digit, &radix) in digits.iter_mut().zip(radices) {
        *digit += 1;
        if *digit < radix {
            return true;
        }
        *digit = 0;
    }
    false
}

/// The pairs that may be linked.
fn pairs(shape: &Shape, link: usize, sizes: &[usize]) -> Vec<(usize, usize)> {
    let links = &shape.links[link];
    let pairs =
        (0..sizes[links.source]).flat_map(|source| (0..sizes[links.target]).map(move |target| (source, target)));
    pairs.filter(|(source, target)| !links.is_symmetrical || source <= target).collect()
}

fn flagged(shape: &Shape, sizes: &[usize]) -> usize {
    if shape.rule == Rule::None { 0 } else { sizes[shape.keys[0].source] }
}

/// How many choices there are at each place, in the order in which `world` makes them.
fn radices(shape: &Shape, sizes: &[usize]) -> Vec<usize> {
    let mut radices = Vec::new();
    for key in &shape.keys {
        let choices = sizes[key.target] + usize::from(key.is_nullable);
        radices.extend(std::iter::repeat_n(choices, sizes[key.source]));
        if key.action.falls_back() {
            radices.push(sizes[key.target] + 1 + usize::from(key.is_nullable));
        }
    }
    for link in 0..shape.links.len() {
        radices.extend(pairs(shape, link, sizes).iter().map(|_| 2));
    }
    radices.extend(std::iter::repeat_n(2, flagged(shape, sizes)));
    radices
}

fn world(shape: &Shape, sizes: &[usize], digits: &[usize]) -> World {
    let mut digits = digits.iter().copied();
    let mut next = || digits.next().expect("there is a digit for each choice");
    let (mut keys, mut fallbacks) = (Vec::new(), Vec::new());
    for key in &shape.keys {
        let may_be_null = usize::from(key.is_nullable);
        keys.push((0..sizes[key.source]).map(|_| next().checked_sub(may_be_null)).collect());
        fallbacks.push(match (key.action.falls_back(), key.is_nullable) {
            (false, _) => Fallback::Unnamed,
            (true, is_nullable) => match next() {
                0 => Fallback::Unnamed,
                1 if is_nullable => Fallback::Null,
                row => Fallback::Row(row - 1 - usize::from(is_nullable)),
            },
        });
    }
    let links = (0..shape.links.len()).map(|link| {
        let mut linked = pairs(shape, link, sizes);
        linked.retain(|_| next() == 1);
        linked
    });
    let links = links.collect();
    let flags = (0..flagged(shape, sizes)).map(|_| next() == 1).collect();
    World { rows: sizes.iter().map(|&size| vec![true; size]).collect(), keys, fallbacks, links, flags }
}

/// All ways to number the rows of each model anew, but for the one that changes nothing.
fn renumberings(sizes: &[usize]) -> Vec<Vec<Vec<usize>>> {
    let mut all: Vec<Vec<Vec<usize>>> = vec![vec![]];
    for &size in sizes {
        let of_model = permutations(size);
        all = all
            .iter()
            .flat_map(|before| of_model.iter().map(|one| [before.as_slice(), std::slice::from_ref(one)].concat()))
            .collect();
    }
    all.retain(|to| to.iter().any(|of_model| !of_model.is_sorted()));
    all
}

fn permutations(size: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for next in 0..size {
        all = all
            .iter()
            .flat_map(|shorter: &Vec<usize>| {
                (0..=next).map(|place| {
                    let mut longer = shorter.clone();
                    longer.insert(place, next);
                    longer
                })
            })
            .collect();
    }
    all
}

fn renumbered(shape: &Shape, world: &World, to: &[Vec<usize>]) -> World {
    let mut new = world.clone();
    for (place, key) in shape.keys.iter().enumerate() {
        for (source, target) in world.keys[place].iter().enumerate() {
            new.keys[place][to[key.source][source]] = target.map(|target| to[key.target][target]);
        }
        if let Fallback::Row(row) = world.fallbacks[place] {
            new.fallbacks[place] = Fallback::Row(to[key.target][row]);
        }
    }
    for (place, links) in shape.links.iter().enumerate() {
        for pair in &mut new.links[place] {
            let (source, target) = (to[links.source][pair.0], to[links.target][pair.1]);
            let turned = links.is_symmetrical && source > target;
            *pair = if turned { (target, source) } else { (source, target) };
        }
        new.links[place].sort_unstable();
    }
    for (row, flag) in world.flags.iter().enumerate() {
        new.flags[to[shape.keys[0].source][row]] = *flag;
    }
    new
}
