//! Queries answer what nested loops over all rows answer, with and without indexes, after random writes and rollbacks (I2);
//! and with indexes they look at no more than without.

use relarena::Value;
use relarena::query::{Lookup, NamedCondition, NamedOperand, Way};

use crate::support::Dice;

/// A condition on authors, told once to the store and once to plain loops.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    AgeBelow(i32),
    AgeBetween(i32, i32),
    AgeIs(i32),
    AgeIn([i32; 2]),
    AgeUnknown,
    City(u8),
    NameStarts(char),
    MentorCity(u8),
    BookLonger(u32),
    BookStars(u8),
    BookStarsUnknown,
    AnyBookLonger(u32),
    AllBooksLonger(u32),
    NoBookStars(u8),
    Books(usize),
    And(Box<Question>, Box<Question>),
    Or(Box<Question>, Box<Question>),
    Not(Box<Question>),
}

impl Question {
    fn random(dice: &mut Dice, depth: usize) -> Self {
        let next = |dice: &mut Dice| Box::new(Self::random(dice, depth.saturating_sub(1)));
        let age = |dice: &mut Dice| i32::try_from(dice.below(12)).expect("small") - 2;
        let small = |dice: &mut Dice| u8::try_from(dice.below(5)).expect("small");
        let pages = |dice: &mut Dice| u32::try_from(dice.below(10)).expect("small");
        match dice.below(if depth == 0 { 15 } else { 21 }) {
            0 => Self::AgeBelow(age(dice)),
            1 => Self::AgeBetween(age(dice), age(dice)),
            2 => Self::AgeIs(age(dice)),
            3 => Self::AgeIn([age(dice), age(dice)]),
            4 => Self::AgeUnknown,
            5 => Self::City(small(dice)),
            6 => Self::NameStarts(if dice.below(2) == 0 { 'a' } else { 'b' }),
            7 => Self::MentorCity(small(dice)),
            8 => Self::BookLonger(pages(dice)),
            9 => Self::BookStars(small(dice)),
            10 => Self::BookStarsUnknown,
            11 => Self::AnyBookLonger(pages(dice)),
            12 => Self::AllBooksLonger(pages(dice)),
            13 => Self::NoBookStars(small(dice)),
            14 => Self::Books(dice.below(4)),
            15..=17 => Self::And(next(dice), next(dice)),
            18 | 19 => Self::Or(next(dice), next(dice)),
            _ => Self::Not(next(dice)),
        }
    }
}

/// What is negated twice, and so not at all.
fn twice_negated(question: &Question) -> Option<&Question> {
    match question {
        Question::Not(inner) => match &**inner {
            Question::Not(inner) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// A question in the words of the by-name face, which has no quantifiers.
fn named(question: &Question) -> Option<NamedCondition> {
    let compare = |path: &str, lookup, operand| Some(NamedCondition::Compare { path: path.into(), lookup, operand });
    let value = |value: Value| NamedOperand::Value(value);
    let pair = |one: &Question, other: &Question| Some(vec![named(one)?, named(other)?]);
    match question {
        Question::AgeBelow(age) => compare("age", Lookup::Lt, value((*age).into())),
        Question::AgeBetween(from, to) => {
            compare("age", Lookup::Range, NamedOperand::List(vec![(*from).into(), (*to).into()]))
        }
        Question::AgeIs(age) => compare("age", Lookup::Exact, value((*age).into())),
        Question::AgeIn(ages) => compare("age", Lookup::In, NamedOperand::List(ages.map(Value::from).into())),
        Question::AgeUnknown => compare("age", Lookup::IsNull, value(true.into())),
        Question::City(city) => compare("city", Lookup::Exact, value((*city).into())),
        Question::NameStarts(start) => compare("name", Lookup::StartsWith, value(start.to_string().into())),
        Question::MentorCity(city) => compare("mentor.city", Lookup::Exact, value((*city).into())),
        Question::BookLonger(pages) => compare("books.pages", Lookup::Gt, value((*pages).into())),
        Question::BookStars(stars) => compare("books.stars", Lookup::Exact, value((*stars).into())),
        Question::BookStarsUnknown => compare("books.stars", Lookup::IsNull, value(true.into())),
        Question::And(one, other) => Some(NamedCondition::And(pair(one, other)?)),
        Question::Or(one, other) => Some(NamedCondition::Or(pair(one, other)?)),
        Question::Not(inner) => Some(NamedCondition::Not(Box::new(named(inner)?))),
        Question::AnyBookLonger(_) | Question::AllBooksLonger(_) | Question::NoBookStars(_) | Question::Books(_) => {
            None
        }
    }
}

macro_rules! world {
    ($world:ident, [$($hash:tt)*], [$($ordered:tt)*], [$($pairs:tt)*]) => {
        #[allow(clippy::duplicated_attributes, reason = "two indexes that begin with one field")]
        mod $world {
            use relarena::prelude::*;
            use relarena::Condition;
            use relarena::query::{AggregateKind, NamedAggregate, NamedOrder, average, count, max, min, sum};

            use super::{Question, Summary, named, twice_negated};
            use crate::support::{Dice, Outcome, give_up, sound};

            #[derive(Model, Clone, Debug)]
            $($pairs)*
            pub(crate) struct Author {
                $($ordered)*
                name: String,
                $($ordered)*
                age: Option<i32>,
                $($hash)*
                city: u8,
                #[foreign_key(on_delete = set_null, reverse = PUPILS)]
                mentor: Option<Id<Author>>,
            }

            #[derive(Model, Clone, Debug)]
            pub(crate) struct Book {
                $($ordered)*
                pages: u32,
                $($hash)*
                stars: Option<u8>,
                #[foreign_key(on_delete = cascade, reverse = BOOKS)]
                author: Id<Author>,
            }

            #[derive(Schema)]
            pub(crate) struct World {
                authors: Table<Author>,
                books: Table<Book>,
            }

            type Db = Store<World>;

            pub(crate) fn write(db: &mut Db, dice: &mut Dice, steps: usize) {
                for _ in 0..steps {
                    let authors = db.all::<Author>().ids();
                    let author = authors.get(dice.below(authors.len().max(1))).copied();
                    let small = |dice: &mut Dice, bound| u8::try_from(dice.below(bound)).expect("small");
                    match dice.below(9) {
                        0 | 1 => {
                            let name = format!("{}{}", if dice.below(2) == 0 { "a long beginning, " } else { "b" }, dice.below(9));
                            let age = (dice.below(4) > 0).then(|| i32::from(small(dice, 10)));
                            let row = Author { name, age, city: small(dice, 5), mentor: author };
                            db.insert(row).expect("authors have no rules");
                        }
                        2..=4 => if let Some(author) = author {
                            let stars = (dice.below(4) > 0).then(|| small(dice, 5));
                            let row = Book { pages: small(dice, 10).into(), stars, author };
                            db.insert(row).expect("the author is there");
                        },
                        5 => if let Some(author) = author {
                            let (age, city) = (i32::from(small(dice, 10)), small(dice, 5));
                            db.update(author, |author| (author.age, author.city) = (Some(age), city)).expect("no rules");
                        },
                        6 => if let Some(book) = db.all::<Book>().ids().into_iter().nth(dice.below(6)) {
                            db.set(book, Book::PAGES, small(dice, 10).into()).expect("no rules");
                        },
                        7 => if dice.below(3) == 0 && let Some(author) = author {
                            db.delete(author).expect("nothing protects an author");
                        },
                        _ => {
                            let undone: Outcome = db.transaction(|tx| {
                                if dice.below(2) == 0 {
                                    tx.update_matching(Book::PAGES.lt(5), |_, book| book.pages += 3)?;
                                }
                                tx.delete_matching(Author::CITY.eq(2))?;
                                give_up()
                            });
                            assert!(undone.is_err());
                        }
                    }
                }
                sound(db);
            }

            /// Nearly all books have one author, and nearly all authors one city, one age and no book.
            pub(crate) fn skew(db: &mut Db, dice: &mut Dice) {
                for place in 0..120 {
                    let (city, age) = if place < 3 { (place, i32::from(place)) } else { (3, 4) };
                    let row = Author { name: format!("a{place}"), age: Some(age), city, mentor: None };
                    let author = db.insert(row).expect("authors have no rules");
                    let mentor = db.all::<Author>().first().map(|row| row.id());
                    db.set(author, Author::MENTOR, mentor).expect("the mentor is there");
                    for _ in 0..match place { 0 => 150, 1 => 2, _ => 0 } {
                        let (pages, stars) = if dice.below(40) == 0 { (9, None) } else { (5, Some(1)) };
                        db.insert(Book { pages, stars, author }).expect("the author is there");
                    }
                }
                sound(db);
            }

            fn told<'q>(question: &Question) -> Condition<'q, World, Author> {
                match question.clone() {
                    Question::AgeBelow(age) => Author::AGE.lt(age),
                    Question::AgeBetween(from, to) => Author::AGE.range(from..=to),
                    Question::AgeIs(age) => Author::AGE.eq(age),
                    Question::AgeIn(ages) => Author::AGE.is_in(ages),
                    Question::AgeUnknown => Author::AGE.is_null(),
                    Question::City(city) => Author::CITY.eq(city),
                    Question::NameStarts(start) => Author::NAME.starts_with(&start.to_string()),
                    Question::MentorCity(city) => Author::MENTOR.then(Author::CITY).eq(city),
                    Question::BookLonger(pages) => Author::BOOKS.then(Book::PAGES).gt(pages),
                    Question::BookStars(stars) => Author::BOOKS.then(Book::STARS).eq(stars),
                    Question::BookStarsUnknown => Author::BOOKS.then(Book::STARS).is_null(),
                    Question::AnyBookLonger(pages) => Author::BOOKS.any(Book::PAGES.gt(pages)),
                    Question::AllBooksLonger(pages) => Author::BOOKS.all(Book::PAGES.gt(pages)),
                    Question::NoBookStars(stars) => Author::BOOKS.none(Book::STARS.eq(stars)),
                    Question::Books(books) => Author::BOOKS.count(move |count| count == books),
                    Question::And(one, other) => told(&one).and(told(&other)),
                    Question::Or(one, other) => told(&one).or(told(&other)),
                    Question::Not(inner) => told(&inner).not(),
                }
            }

            /// Whether a row satisfies a question, with one related book or none; `alone` under a negation.
            fn holds(question: &Question, author: Row<'_, World, Author>, book: Option<&Book>, alone: bool) -> bool {
                if let Some(question) = twice_negated(question) {
                    return holds(question, author, book, alone);
                }
                let of_book = |test: &dyn Fn(Option<&Book>) -> bool| {
                    let mut books = author.follow(Author::BOOKS).peekable();
                    match alone {
                        false => test(book),
                        true if books.peek().is_none() => test(None),
                        true => books.any(|book| test(Some(book.get()))),
                    }
                };
                let mut books = author.follow(Author::BOOKS);
                match question {
                    Question::AgeBelow(age) => author.age.is_some_and(|own| own < *age),
                    Question::AgeBetween(from, to) => author.age.is_some_and(|own| (*from..=*to).contains(&own)),
                    Question::AgeIs(age) => author.age == Some(*age),
                    Question::AgeIn(ages) => author.age.is_some_and(|own| ages.contains(&own)),
                    Question::AgeUnknown => author.age.is_none(),
                    Question::City(city) => author.city == *city,
                    Question::NameStarts(start) => author.name.starts_with(*start),
                    Question::MentorCity(city) => author.follow(Author::MENTOR).is_some_and(|mentor| mentor.city == *city),
                    Question::BookLonger(pages) => of_book(&|book| book.is_some_and(|book| book.pages > *pages)),
                    Question::BookStars(stars) => of_book(&|book| book.is_some_and(|book| book.stars == Some(*stars))),
                    Question::BookStarsUnknown => of_book(&|book| book.is_none_or(|book| book.stars.is_none())),
                    Question::AnyBookLonger(pages) => books.any(|book| book.pages > *pages),
                    Question::AllBooksLonger(pages) => books.all(|book| book.pages > *pages),
                    Question::NoBookStars(stars) => !books.any(|book| book.stars == Some(*stars)),
                    Question::Books(count) => books.count() == *count,
                    Question::And(one, other) => holds(one, author, book, alone) && holds(other, author, book, alone),
                    Question::Or(one, other) => holds(one, author, book, alone) || holds(other, author, book, alone),
                    Question::Not(inner) => !holds(inner, author, book, true),
                }
            }

            /// Whether a question joins books outside of negations.
            fn joins(question: &Question) -> bool {
                if let Some(question) = twice_negated(question) {
                    return joins(question);
                }
                match question {
                    Question::BookLonger(_) | Question::BookStars(_) | Question::BookStarsUnknown => true,
                    Question::And(one, other) | Question::Or(one, other) => joins(one) || joins(other),
                    _ => false,
                }
            }

            /// For each author how often one filter finds it.
            fn found(db: &Db, question: &Question) -> Vec<(Id<Author>, usize)> {
                let times = |author: Row<'_, World, Author>| {
                    let books: Vec<&Book> = author.follow(Author::BOOKS).map(|book| book.get()).collect();
                    if !joins(question) || books.is_empty() {
                        return usize::from(holds(question, author, None, false));
                    }
                    books.into_iter().filter(|book| holds(question, author, Some(book), false)).count()
                };
                db.rows::<Author>().map(|author| (author.id(), times(author))).collect()
            }

            /// Asks two filters one after the other in many ways, and compares with loops.
            pub(crate) fn ask(db: &Db, dice: &mut Dice) -> Summary {
                let (one, other) = (Question::random(dice, 2), Question::random(dice, 1));
                let query = || db.query(told(&one)).filter(told(&other));
                let expected: Vec<Id<Author>> = found(db, &one)
                    .into_iter()
                    .zip(found(db, &other))
                    .flat_map(|((id, one), (_, other))| std::iter::repeat_n(id, one * other))
                    .collect();
                assert_eq!(query().ids(), expected, "{one:?} and then {other:?}");
                assert_eq!((query().count(), query().exists()), (expected.len(), !expected.is_empty()));
                assert_eq!(query().first().map(|row| row.id()), expected.first().copied());
                assert_eq!(query().last().map(|row| row.id()), expected.last().copied());
                let mut once = expected.clone();
                once.dedup();
                assert_eq!(query().distinct().ids(), once);
                assert_eq!(db.all::<Author>().difference(query()).len(), db.len::<Author>() - once.len());

                let key = |id: &Id<Author>| (db[*id].age, std::cmp::Reverse(db[*id].name.clone()), *id);
                let mut sorted = once.clone();
                sorted.sort_by_key(key);
                let by_age = || query().distinct().order_by((Author::AGE.asc(), Author::NAME.desc()));
                assert_eq!(by_age().ids(), sorted);
                assert_eq!(by_age().offset(2).limit(3).ids(), sorted.iter().skip(2).take(3).copied().collect::<Vec<_>>());
                sorted.sort_by_key(|id| (std::cmp::Reverse(db[*id].name.clone()), *id));
                let by_name = || query().distinct().order_by(Author::NAME.desc());
                assert_eq!(by_name().ids(), sorted);
                assert_eq!(by_name().limit(4).ids(), sorted.iter().take(4).copied().collect::<Vec<_>>());

                let pages = db.query(told(&other)).distinct().each((count(Author::BOOKS), sum(Author::BOOKS.then(Book::PAGES))));
                for (id, (books, total)) in pages {
                    let written = || db.follow(id, Author::BOOKS);
                    if !joins(&other) {
                        let sum = written().map(|book| i128::from(book.pages)).sum();
                        assert_eq!((books, total), (written().count(), (books > 0).then_some(sum)));
                    }
                }
                in_pairs(db, dice);
                at_the_ends(db, dice);
                aggregated(db, &once, query().distinct());
                asked_by_name(db, (&one, &other), &expected, &once);
                let explained = query().explain();
                assert_eq!(explained.results, expected.len());
                let scans = explained.way == super::Way::Scan;
                Summary { rows: expected.len(), scans, touched: explained.touched_rows, told: format!("{one:?} and then {other:?}: {explained}") }
            }

            /// Comparisons of two fields, and orders by two, which indexes of two fields serve.
            fn in_pairs(db: &Db, dice: &mut Dice) {
                let (city, age) = (u8::try_from(dice.below(5)).expect("small"), i32::try_from(dice.below(10)).expect("small"));
                let all = || db.rows::<Author>().filter(move |author| author.city == city);
                let ids = |rows: &mut dyn Iterator<Item = Row<'_, World, Author>>| rows.map(|row| row.id()).collect::<Vec<_>>();
                let both = db.query(Author::CITY.eq(city)).filter(Author::AGE.eq(age));
                assert_eq!(both.ids(), ids(&mut all().filter(|author| author.age == Some(age))));
                let older = db.query(Author::CITY.eq(city).and(Author::AGE.gt(age)));
                assert_eq!(older.ids(), ids(&mut all().filter(|author| author.age > Some(age))));
                let sorted = |mut ids: Vec<Id<Author>>, is_descending: bool| {
                    ids.sort_by(|one, other| {
                        let ordering = (db[*one].city, &db[*one].name).cmp(&(db[*other].city, &db[*other].name));
                        (if is_descending { ordering.reverse() } else { ordering }).then(one.cmp(other))
                    });
                    ids
                };
                let by_name = || db.query(Author::CITY.eq(city)).order_by(Author::NAME.asc());
                assert_eq!(by_name().ids(), sorted(ids(&mut all()), false));
                assert_eq!(by_name().limit(3).ids(), sorted(ids(&mut all()), false).into_iter().take(3).collect::<Vec<_>>());
                let whole = || db.all::<Author>().order_by((Author::CITY.desc(), Author::NAME.desc()));
                let expected = sorted(db.rows::<Author>().ids(), true);
                assert_eq!(whole().ids(), expected);
                assert_eq!(whole().offset(1).limit(5).ids(), expected.into_iter().skip(1).take(5).collect::<Vec<_>>());
            }

            /// The least and the greatest, which an ordered index has at its ends.
            fn at_the_ends(db: &Db, dice: &mut Dice) {
                let age = i32::try_from(dice.below(12)).expect("small") - 1;
                let ages = |least: Option<i32>| db.rows::<Author>().filter_map(move |author| author.age.filter(|age| least.is_none_or(|least| *age > least)));
                let names = || db.rows::<Author>().map(|author| author.name.clone());
                let whole = db.all().aggregate((min(Author::AGE), max(Author::AGE), min(Author::NAME), max(Author::NAME)));
                assert_eq!(whole, (ages(None).min(), ages(None).max(), names().min(), names().max()));
                let above = db.query(Author::AGE.gt(age)).aggregate((min(Author::AGE), max(Author::AGE)));
                assert_eq!(above, (ages(Some(age)).min(), ages(Some(age)).max()));
                let (from, to) = (5, 2);
                let nobody = db.query(Author::AGE.range(from..to)).aggregate((max(Author::AGE),));
                assert_eq!(nobody, (None,));
                let aggregate = |kind| NamedAggregate { kind, path: "name".into(), is_distinct: false, filter: None };
                let named = [("least", aggregate(AggregateKind::Min)), ("most", aggregate(AggregateKind::Max))];
                let named = db.query_by_name("Author").and_then(|query| query.aggregate(&named)).expect("the paths are right");
                let value = |name: Option<String>| name.map_or(relarena::Value::Null, relarena::Value::from);
                assert_eq!(named, [("least".into(), value(names().min())), ("most".into(), value(names().max()))]);
            }

            /// Aggregates over all and by groups of what a query finds once.
            fn aggregated(db: &Db, once: &[Id<Author>], query: relarena::query::Query<'_, World, Author>) {
                let mut cities = Vec::<(u8, Vec<Option<i32>>)>::new();
                for author in once.iter().map(|id| &db[*id]) {
                    match cities.iter_mut().find(|(city, _)| *city == author.city) {
                        Some((_, ages)) => ages.push(author.age),
                        None => cities.push((author.city, vec![author.age])),
                    }
                }
                let total = |ages: &[Option<i32>]| {
                    let known: Vec<i32> = ages.iter().copied().flatten().collect();
                    let sum = (!known.is_empty()).then(|| known.iter().copied().map(i128::from).sum::<i128>());
                    let size = f64::from(u32::try_from(known.len()).expect("small"));
                    let average = sum.map(|_| known.iter().copied().map(f64::from).sum::<f64>() / size);
                    (ages.len(), known.len(), sum, average, known.iter().min().copied(), known.iter().max().copied())
                };
                let aggregates = || (count(Author::NAME), count(Author::AGE), sum(Author::AGE), average(Author::AGE), min(Author::AGE), max(Author::AGE));
                let expected: Vec<_> = cities.iter().map(|(city, ages)| ((*city,), total(ages))).collect();
                let ages: Vec<_> = once.iter().map(|id| db[*id].age).collect();
                assert_eq!(query.group_by((Author::CITY,)).each(aggregates()), expected);
                let same = db.query(Condition::of(|author: Row<'_, World, Author>| once.contains(&author.id())));
                assert_eq!(same.aggregate(aggregates()), total(&ages));
            }

            /// The same by name: rows, orders, groups.
            fn asked_by_name(db: &Db, questions: (&Question, &Question), expected: &[Id<Author>], once: &[Id<Author>]) {
                let Some((one, other)) = named(questions.0).zip(named(questions.1)) else { return };
                let query = || {
                    let query = db.query_by_name("Author").expect("the model is there");
                    query.filter(&one).and_then(|query| query.filter(&other)).expect("the paths are right")
                };
                let keys = |ids: &[Id<Author>]| ids.iter().map(|id| db.key_of(*id)).collect::<Vec<_>>();
                assert_eq!(query().keys().expect("rows"), keys(expected), "{questions:?}");
                assert_eq!(query().count().expect("rows"), expected.len());
                assert_eq!(query().explain().expect("rows").results, expected.len());
                let mut sorted = once.to_vec();
                sorted.sort_by(|one, other| db[*other].name.cmp(&db[*one].name).then(one.cmp(other)));
                let order = [NamedOrder { path: "name".into(), is_descending: true, nulls: None }];
                assert_eq!(query().distinct().order_by(&order).keys().expect("rows"), keys(&sorted));
                let count = NamedAggregate { kind: AggregateKind::Count, path: "id".into(), is_distinct: true, filter: None };
                let groups = query().group_by(&["city"]).and_then(|query| query.annotate(&[("authors", count)]));
                let groups = groups.and_then(|query| query.values(&["city", "authors"])).expect("the paths are right");
                assert_eq!(groups.len(), (0..5).filter(|city| once.iter().any(|id| db[*id].city == *city)).count());
                for group in groups {
                    let authors = once.iter().filter(|id| Value::from(db[**id].city) == group[0]).count();
                    assert_eq!(group[1], Value::Int(authors as i128), "{questions:?}");
                }
            }
        }
    };
}

/// What a question came to.
pub(crate) struct Summary {
    rows: usize,
    scans: bool,
    touched: usize,
    told: String,
}

world!(indexed, [#[index]], [#[index(ordered)]], [#[index(city, age)] #[index(ordered(city, name))] #[index(ordered(city, age))]]);
world!(plain, [], [], []);

#[test]
fn random_queries_equal_nested_loops_with_and_without_indexes_which_look_at_no_more() {
    let (mut found, mut served, mut less) = (0, 0, 0);
    for seed in 1..=40 {
        let (mut with, mut without) =
            (relarena::Store::<indexed::World>::new(), relarena::Store::<plain::World>::new());
        let mut dice = (Dice(seed), Dice(seed));
        for _ in 0..12 {
            indexed::write(&mut with, &mut dice.0, 12);
            plain::write(&mut without, &mut dice.1, 12);
            for _ in 0..8 {
                let (one, other) = (indexed::ask(&with, &mut dice.0), plain::ask(&without, &mut dice.1));
                assert!(one.touched <= other.touched, "{}; without indexes {}", one.told, other.told);
                assert_eq!(one.rows, other.rows);
                found += one.rows;
                served += usize::from(!one.scans);
                less += usize::from(one.touched < other.touched);
            }
        }
    }
    let all = format!("{found} rows found, {served} queries served by an index, {less} with less looked at");
    assert!(found > 7_000 && served > 2_000 && less > 2_000, "{all}");
}

#[test]
fn where_values_and_relations_are_skewed_indexes_look_at_no_more_than_a_scan_either() {
    let mut served = 0;
    for seed in 70..78 {
        let (mut with, mut without) =
            (relarena::Store::<indexed::World>::new(), relarena::Store::<plain::World>::new());
        let mut dice = (Dice(seed), Dice(seed));
        indexed::skew(&mut with, &mut dice.0);
        plain::skew(&mut without, &mut dice.1);
        for _ in 0..100 {
            let (one, other) = (indexed::ask(&with, &mut dice.0), plain::ask(&without, &mut dice.1));
            assert!(one.touched <= other.touched, "{}; without indexes {}", one.told, other.told);
            served += usize::from(!one.scans);
        }
    }
    assert!(served > 100, "{served} served");
}
