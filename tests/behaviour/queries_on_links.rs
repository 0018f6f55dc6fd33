//! Queries over many-to-many relations, comparisons of two paths, places of nulls and filtered aggregates answer what nested
//! loops over all rows answer, after random writes and rollbacks (I2).

use std::cmp::{Ordering, Reverse};

use relarena::prelude::*;
use relarena::query::{Nulls, average, count, count_distinct, max, sum};

use crate::support::{Dice, Outcome, give_up, sound};

#[derive(Model, Clone, Debug)]
struct House {
    height: u8,
}

#[derive(Model, Clone, Debug)]
struct Section {
    #[foreign_key(on_delete = set_null, reverse = SECTIONS)]
    house: Option<Id<House>>,
    #[index(ordered)]
    floor: Option<i32>,
    #[index]
    wing: u8,
}

#[derive(Model, Clone, Debug)]
struct Tag {
    word: String,
    #[index(ordered)]
    weight: Option<i32>,
}

#[derive(Model, Clone, Debug)]
#[many_to_many(TAGS: Tag, reverse = ARTICLES)]
struct Article {
    #[unique]
    number: Option<usize>,
    #[index]
    kind: u8,
    #[index(ordered)]
    votes: Option<i32>,
    goal: Option<i32>,
    #[foreign_key(on_delete = set_null, reverse = ARTICLES)]
    section: Option<Id<Section>>,
}

#[derive(Schema)]
struct Paper {
    houses: Table<House>,
    sections: Table<Section>,
    tags: Table<Tag>,
    articles: Table<Article>,
}

type Db = Store<Paper>;

fn number(dice: &mut Dice) -> Option<i32> {
    (dice.below(4) > 0).then(|| i32::try_from(dice.below(6)).expect("small"))
}

fn small(dice: &mut Dice) -> u8 {
    u8::try_from(dice.below(5)).expect("small")
}

fn pick<M: Model>(db: &Db, dice: &mut Dice) -> Option<Id<M>>
where
    Paper: relarena::Has<M>,
{
    let ids = db.rows::<M>().ids();
    ids.get(dice.below(ids.len().max(1))).copied()
}

fn write(db: &mut Db, dice: &mut Dice) -> Outcome {
    match dice.below(10) {
        0 => {
            if dice.below(3) == 0 {
                db.insert(House { height: small(dice) })?;
            }
            let house = pick(db, dice);
            db.insert(Section { house, floor: number(dice), wing: small(dice) })?;
        }
        1 => {
            let word = format!("{}{}", if dice.below(2) == 0 { "a" } else { "b" }, dice.below(9));
            db.insert(Tag { word, weight: number(dice) })?;
        }
        2 | 3 => {
            let section = pick(db, dice);
            let next = 1 + db.rows::<Article>().filter_map(|article| article.number).max().unwrap_or_default();
            let (own, kind) = ((dice.below(4) > 0).then_some(next), small(dice));
            db.insert(Article { number: own, kind, votes: number(dice), goal: number(dice), section })?;
        }
        4..=7 => {
            if let Some((article, tag)) = pick(db, dice).zip(pick(db, dice)) {
                db.link(article, Article::TAGS, tag)?;
            }
        }
        8 => {
            if let Some(article) = pick::<Article>(db, dice) {
                let (votes, kind) = (number(dice), small(dice));
                db.update(article, |article| (article.votes, article.kind) = (votes, kind))?;
            }
        }
        _ if dice.below(4) == 0 => {
            if let Some(tag) = pick::<Tag>(db, dice) {
                db.delete(tag)?;
            }
        }
        _ => {
            let undone: Outcome = db.transaction(|tx| {
                tx.update_matching(Article::TAGS.any(Tag::WEIGHT.lt(3)), |_, article| article.votes = Some(9))?;
                tx.delete_matching(Tag::WEIGHT.gt(3))?;
                give_up()
            });
            assert!(undone.is_err());
        }
    }
    Ok(())
}

/// Asks about a store that is written at random, again and again.
fn after_random_writes(ask: impl Fn(&Db, &mut Dice)) -> Outcome {
    for seed in 1..=12 {
        let (mut db, mut dice) = (Db::new(), Dice(seed));
        for _ in 0..20 {
            for _ in 0..12 {
                write(&mut db, &mut dice)?;
            }
            sound(&db);
            for _ in 0..4 {
                ask(&db, &mut dice);
            }
        }
    }
    Ok(())
}

/// The weights and words of an article's tags.
fn tags(db: &Db, article: Id<Article>) -> Vec<&Tag> {
    db.follow(article, Article::TAGS).map(|tag| tag.get()).collect()
}

fn articles_where(db: &Db, holds: impl Fn(Id<Article>, &Article) -> bool) -> Vec<Id<Article>> {
    db.rows::<Article>().filter(|article| holds(article.id(), article.get())).map(|article| article.id()).collect()
}

#[test]
fn one_value_of_an_index_finds_what_a_scan_finds_in_slot_order_and_slices_of_it() -> Outcome {
    after_random_writes(|db, dice| {
        let (value, offset, limit) = (small(dice), dice.below(3), dice.below(4));
        let (section, article) = (pick::<Section>(db, dice), pick::<Article>(db, dice));
        let wing = |article: &Article| article.section.map(|section| db[section].wing);
        let conditions = || {
            let mut all = vec![
                (Article::KIND.eq(value), articles_where(db, |_, article| article.kind == value)),
                (
                    Article::SECTION.then(Section::WING).eq(value),
                    articles_where(db, |_, article| wing(article) == Some(value)),
                ),
            ];
            if let Some(section) = section {
                let expected = articles_where(db, |_, article| article.section == Some(section));
                all.push((Article::SECTION.eq(section), expected));
            }
            if let Some(number) = article.and_then(|article| db[article].number) {
                let expected = articles_where(db, |_, article| article.number == Some(number));
                all.push((Article::NUMBER.eq(number), expected));
            }
            all
        };
        let queries = || conditions().into_iter().map(|(condition, expected)| (db.query(condition), expected));
        for (query, expected) in queries() {
            assert_eq!(query.ids(), expected);
        }
        for (query, expected) in queries() {
            let slice: Vec<_> = expected.into_iter().skip(offset).take(limit).collect();
            assert_eq!(query.offset(offset).limit(limit).ids(), slice);
        }
        for (query, expected) in queries() {
            assert_eq!(query.offset(offset).count(), expected.len().saturating_sub(offset));
        }
        for (query, expected) in queries() {
            assert_eq!(query.explain().results, expected.len());
        }
        for (query, expected) in queries() {
            let only = if let [only] = expected[..] { Some(only) } else { None };
            assert_eq!(query.get().ok().map(|article| article.id()), only);
        }
    })
}

#[test]
fn a_count_along_keys_is_that_of_the_rows_that_are_found() -> Outcome {
    after_random_writes(|db, dice| {
        let (value, offset, limit) = (small(dice), dice.below(3), dice.below(9));
        let wing = || Article::SECTION.then(Section::WING);
        let height = || Article::SECTION.then(Section::HOUSE).then(House::HEIGHT);
        let conditions = || {
            let one = [wing().gt(value), wing().is_null(), wing().ne(value)];
            one.into_iter().chain([height().gt(value), height().ne(value), height().is_null(), height().eq(value)])
        };
        for (counted, found) in conditions().zip(conditions()) {
            assert_eq!(db.query(counted).count(), db.query(found).ids().len());
        }
        for (counted, found) in conditions().zip(conditions()) {
            let found = db.query(found).offset(offset).limit(limit).ids().len();
            assert_eq!(db.query(counted).offset(offset).limit(limit).count(), found);
        }
        let tall = articles_where(db, |_, article| {
            let house = article.section.and_then(|section| db[section].house);
            house.is_some_and(|house| db[house].height > value)
        });
        assert_eq!(db.query(height().gt(value)).count(), tall.len());
    })
}

#[test]
fn conditions_on_links_hold_once_for_each_linked_row_and_negated_for_none() -> Outcome {
    after_random_writes(|db, dice| {
        let weight = i32::try_from(dice.below(6)).expect("small");
        let is_heavy = |tag: &Tag| tag.weight.is_some_and(|own| own > weight);
        let is_a = |tag: &Tag| tag.word.starts_with('a');
        let heavy = || Article::TAGS.then(Tag::WEIGHT).gt(weight);
        let with_a = || Article::TAGS.then(Tag::WORD).starts_with("a");
        let times = |count: &dyn Fn(Id<Article>) -> usize| {
            let ids = db.rows::<Article>().ids().into_iter();
            ids.flat_map(|id| std::iter::repeat_n(id, count(id))).collect::<Vec<_>>()
        };
        let number = |id, test: &dyn Fn(&Tag) -> bool| tags(db, id).into_iter().filter(|tag| test(tag)).count();
        assert_eq!(db.query(heavy()).ids(), times(&|id| number(id, &is_heavy)));
        assert_eq!(db.query(heavy().and(with_a())).ids(), times(&|id| number(id, &|tag| is_heavy(tag) && is_a(tag))));
        assert_eq!(db.query(heavy()).filter(with_a()).ids(), times(&|id| number(id, &is_heavy) * number(id, &is_a)));
        assert_eq!(db.all().exclude(heavy()).ids(), articles_where(db, |id, _| number(id, &is_heavy) == 0));
        let explained = db.query(heavy()).distinct().explain();
        assert_eq!(explained.results, articles_where(db, |id, _| number(id, &is_heavy) > 0).len());
    })
}

#[test]
fn quantifiers_over_links_and_a_relation_after_them_are_those_of_loops() -> Outcome {
    after_random_writes(|db, dice| {
        let (weight, links) = (i32::try_from(dice.below(6)).expect("small"), dice.below(4));
        let is_heavy = |tag: &&Tag| tag.weight.is_some_and(|own| own > weight);
        let heavy = || Tag::WEIGHT.gt(weight);
        let all = |id| tags(db, id);
        let found = [
            (Article::TAGS.any(heavy()), articles_where(db, |id, _| all(id).iter().any(is_heavy))),
            (Article::TAGS.all(heavy()), articles_where(db, |id, _| all(id).iter().all(is_heavy))),
            (Article::TAGS.none(heavy()), articles_where(db, |id, _| !all(id).iter().any(is_heavy))),
            (Article::TAGS.count(move |count| count == links), articles_where(db, |id, _| all(id).len() == links)),
        ];
        for (condition, expected) in found {
            assert_eq!(db.query(condition).ids(), expected);
        }
        // Back over links, then along a key.
        let on_floor = Tag::ARTICLES.then(Article::SECTION).then(Section::FLOOR);
        let is_there = |article: Row<'_, Paper, Article>| {
            article.follow(Article::SECTION).is_some_and(|section| section.floor == Some(weight))
        };
        let expected = db.rows::<Tag>().flat_map(|tag| {
            std::iter::repeat_n(tag.id(), tag.follow(Tag::ARTICLES).filter(|article| is_there(*article)).count())
        });
        assert_eq!(db.query(on_floor.eq(weight)).ids(), expected.collect::<Vec<_>>());
    })
}

#[test]
fn quantifiers_back_over_a_key_that_may_be_null_are_those_of_loops_however_many_rows_are_asked_for() -> Outcome {
    after_random_writes(|db, dice| {
        let (votes, kind) = (i32::try_from(dice.below(6)).expect("small"), small(dice));
        let is_popular = |article: Row<'_, Paper, Article>| article.votes.is_some_and(|own| own > votes);
        let popular = || Article::VOTES.gt(votes);
        let sections = |holds: &dyn Fn(Id<Section>) -> bool| -> Vec<Id<Section>> {
            db.rows::<Section>().map(|section| section.id()).filter(|id| holds(*id)).collect()
        };
        let articles = |id| db.follow(id, Section::ARTICLES);
        let of_kind = move || popular().or(Article::KIND.eq(kind));
        let conditions = || {
            [
                Section::ARTICLES.any(popular()),
                Section::ARTICLES.all(popular()),
                Section::ARTICLES.none(popular()),
                Section::ARTICLES.any(popular()).not(),
                Section::ARTICLES.all(of_kind()).and(Section::WING.gt(kind)),
                Section::WING.gt(kind).or(Section::ARTICLES.any(Article::TAGS.any(Tag::WEIGHT.gt(votes)))),
            ]
        };
        let is_heavy = |id| tags(db, id).iter().any(|tag| tag.weight.is_some_and(|own| own > votes));
        let expected = [
            sections(&|id| articles(id).any(is_popular)),
            sections(&|id| articles(id).all(is_popular)),
            sections(&|id| !articles(id).any(is_popular)),
            sections(&|id| !articles(id).any(is_popular)),
            sections(&|id| {
                articles(id).all(|article| is_popular(article) || article.kind == kind) && db[id].wing > kind
            }),
            sections(&|id| db[id].wing > kind || articles(id).any(|article| is_heavy(article.id()))),
        ];
        for (asked, expected) in conditions().into_iter().zip(&expected) {
            assert_eq!(db.query(asked).ids(), *expected);
        }
        for (counted, expected) in conditions().into_iter().zip(&expected) {
            assert_eq!(db.query(counted).count(), expected.len());
        }
        for (first, expected) in conditions().into_iter().zip(&expected) {
            assert_eq!(db.query(first).first().map(|row| row.id()), expected.first().copied());
        }
        for (best, expected) in conditions().into_iter().zip(expected) {
            let last = expected.into_iter().max_by_key(|id| (db[*id].wing, Reverse(*id)));
            assert_eq!(db.query(best).order_by(Section::WING.desc()).first().map(|row| row.id()), last);
        }
    })
}

#[test]
fn two_paths_compare_as_their_values_and_null_with_nothing() -> Outcome {
    after_random_writes(|db, dice| {
        let order = [Ordering::Less, Ordering::Equal, Ordering::Greater][dice.below(3)];
        let compares =
            |one: Option<i32>, other: Option<i32>| one.zip(other).is_some_and(|(one, other)| one.cmp(&other) == order);
        let floor = |article: &Article| article.section.and_then(|section| db[section].floor);
        let fields = db.query(Article::VOTES.is(order, Article::GOAL));
        assert_eq!(fields.ids(), articles_where(db, |_, article| compares(article.votes, article.goal)));
        let floors = || Article::SECTION.then(Section::FLOOR);
        let paths = db.query(Article::VOTES.is(order, floors()));
        assert_eq!(paths.ids(), articles_where(db, |_, article| compares(article.votes, floor(article))));
        let negated = db.query(Article::VOTES.is(order, floors()).not());
        assert_eq!(negated.ids(), articles_where(db, |_, article| !compares(article.votes, floor(article))));
        let links = db.query(Article::VOTES.is(order, Article::TAGS.then(Tag::WEIGHT))).distinct();
        let some = |id, article: &Article| tags(db, id).iter().any(|tag| compares(article.votes, tag.weight));
        assert_eq!(links.ids(), articles_where(db, some));
    })
}

#[test]
fn nulls_stand_where_an_order_puts_them_and_equal_rows_in_slot_order() -> Outcome {
    after_random_writes(|db, dice| {
        let (offset, limit) = (dice.below(4), 1 + dice.below(6));
        let floor = |id: Id<Article>| db[id].section.and_then(|section| db[section].floor);
        let votes = |id: Id<Article>| db[id].votes;
        for nulls in [None, Some(Nulls::First), Some(Nulls::Last)] {
            for is_descending in [false, true] {
                let first = nulls.map_or(!is_descending, |nulls| nulls == Nulls::First);
                let sorted = |value: &dyn Fn(Id<Article>) -> Option<i32>| {
                    let mut ids = db.rows::<Article>().ids();
                    ids.sort_by_key(|id| {
                        let value = value(*id);
                        let (up, down) = (value.filter(|_| !is_descending), value.filter(|_| is_descending));
                        (if first { value.is_some() } else { value.is_none() }, up, Reverse(down), *id)
                    });
                    ids
                };
                let placed = |key: relarena::query::OrderKey<'static, Paper, Article>| match nulls {
                    None => key,
                    Some(Nulls::First) => key.nulls_first(),
                    Some(Nulls::Last) => key.nulls_last(),
                };
                let own = || if is_descending { Article::VOTES.desc() } else { Article::VOTES.asc() };
                let path = || Article::SECTION.then(Section::FLOOR);
                let far = || if is_descending { path().desc() } else { path().asc() };
                let slice = |ids: Vec<Id<Article>>| ids.into_iter().skip(offset).take(limit).collect::<Vec<_>>();
                let all = || db.all::<Article>().order_by(placed(own()));
                assert_eq!(all().ids(), sorted(&votes), "{nulls:?} {is_descending}");
                assert_eq!(all().offset(offset).limit(limit).ids(), slice(sorted(&votes)));
                let from = db.query(Article::VOTES.ge(2)).order_by(placed(own())).offset(offset).limit(limit);
                let known = sorted(&votes).into_iter().filter(|id| votes(*id) >= Some(2)).collect();
                assert_eq!(from.ids(), slice(known), "{nulls:?} {is_descending}");
                assert_eq!(db.all::<Article>().order_by(placed(far())).ids(), sorted(&floor));
            }
        }
    })
}

#[test]
fn the_number_of_related_rows_of_each_row_is_that_of_a_loop_with_a_filter_before_it_or_none() -> Outcome {
    after_random_writes(|db, dice| {
        let (votes, wing) = (i32::try_from(dice.below(6)).expect("small"), small(dice));
        let of_tags = db.rows::<Article>().map(|article| (article.id(), (tags(db, article.id()).len(),)));
        assert_eq!(db.all::<Article>().each((count(Article::TAGS),)), of_tags.collect::<Vec<_>>());
        let articles = |section: Id<Section>| db.follow(section, Section::ARTICLES);
        let sections = || db.rows::<Section>().filter(|section| section.wing > wing).map(|section| section.id());
        let all = sections().map(|id| (id, (articles(id).count(), articles(id).count())));
        let counts = (count(Section::ARTICLES), count(Section::ARTICLES.then(Article::KIND)));
        assert_eq!(db.query(Section::WING.gt(wing)).each(counts), all.collect::<Vec<_>>());
        // Of a field that may be null only the values count.
        let decided = |id| articles(id).filter(|article| article.votes.is_some()).count();
        let counts = (count(Section::ARTICLES.then(Article::VOTES)), count(Section::ARTICLES));
        let expected = sections().map(|id| (id, (decided(id), articles(id).count())));
        assert_eq!(db.query(Section::WING.gt(wing)).each(counts), expected.collect::<Vec<_>>());
        // A filter before it takes related rows away.
        let popular = |id| articles(id).filter(|article| article.votes.is_some_and(|own| own > votes)).count();
        let expected = sections().map(|id| (id, (popular(id),))).filter(|(_, (count,))| *count > 0);
        let found = db.query(Section::ARTICLES.then(Article::VOTES).gt(votes)).filter(Section::WING.gt(wing));
        assert_eq!(found.each((count(Section::ARTICLES),)), expected.collect::<Vec<_>>());
        let most = sections().max_by_key(|id| (articles(*id).count(), Reverse(*id)));
        let by_count = db.query(Section::WING.gt(wing)).limit(1);
        let first = by_count.each_by((count(Section::ARTICLES),), |(count,)| Reverse(*count));
        assert_eq!(first.first().map(|(id, _)| *id), most);
    })
}

#[test]
fn filtered_aggregates_are_over_the_linked_rows_that_their_filter_takes() -> Outcome {
    after_random_writes(|db, dice| {
        let weight = i32::try_from(dice.below(6)).expect("small");
        let path = || Article::TAGS.then(Tag::WEIGHT);
        let each = db.all::<Article>().each((
            count(Article::TAGS),
            count(Article::TAGS).filter(path().gt(weight)),
            count_distinct(path()),
            sum(path()).filter(Article::TAGS.then(Tag::WORD).starts_with("a")),
            max(path()).filter(path().lt(weight)),
            average(path()),
        ));
        let expected = db.rows::<Article>().map(|article| {
            let all = tags(db, article.id());
            let known: Vec<i32> = all.iter().filter_map(|tag| tag.weight).collect();
            let of_a: Vec<i128> = all
                .iter()
                .filter(|tag| tag.word.starts_with('a'))
                .filter_map(|tag| tag.weight)
                .map(i128::from)
                .collect();
            let size = f64::from(u32::try_from(known.len()).expect("small"));
            let answer = (
                all.len(),
                known.iter().filter(|own| **own > weight).count(),
                known.iter().collect::<std::collections::BTreeSet<_>>().len(),
                (!of_a.is_empty()).then(|| of_a.iter().sum::<i128>()),
                known.iter().copied().filter(|own| *own < weight).max(),
                (!known.is_empty()).then(|| f64::from(known.iter().sum::<i32>()) / size),
            );
            (article.id(), answer)
        });
        assert_eq!(each, expected.collect::<Vec<_>>());
    })
}
