//! Queries answer what nested loops over all rows answer, with and without indexes, after random writes and rollbacks (I2).

use relarena::query::Way;

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

macro_rules! world {
    ($world:ident, [$($hash:tt)*], [$($ordered:tt)*]) => {
        mod $world {
            use relarena::prelude::*;
            use relarena::Condition;
            use relarena::query::{Explanation, count, sum};

            use super::{Question, Summary};
            use crate::support::{Dice, Outcome, give_up, sound};

            #[derive(Model, Clone, Debug)]
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
                let explained: Explanation = query().explain();
                assert!(explained.touched_rows <= db.len::<Author>(), "{explained}");
                assert_eq!(explained.results, expected.len());
                Summary { rows: expected.len(), scans: explained.way == super::Way::Scan }
            }
        }
    };
}

/// What a question came to.
pub(crate) struct Summary {
    rows: usize,
    scans: bool,
}

world!(indexed, [#[index]], [#[index(ordered)]]);
world!(plain, [], []);

#[test]
fn random_queries_equal_nested_loops_with_indexes() {
    let (mut found, mut served) = (0, 0);
    for seed in 1..=25 {
        let (mut db, mut dice) = (relarena::Store::<indexed::World>::new(), Dice(seed));
        for _ in 0..12 {
            indexed::write(&mut db, &mut dice, 12);
            for _ in 0..8 {
                let summary = indexed::ask(&db, &mut dice);
                found += summary.rows;
                served += usize::from(!summary.scans);
            }
        }
    }
    assert!(found > 5_000 && served > 400, "{found} rows found, {served} queries served by an index");
}

#[test]
fn random_queries_equal_nested_loops_without_indexes() {
    let mut found = 0;
    for seed in 1..=25 {
        let (mut db, mut dice) = (relarena::Store::<plain::World>::new(), Dice(seed));
        for _ in 0..12 {
            plain::write(&mut db, &mut dice, 12);
            for _ in 0..8 {
                found += plain::ask(&db, &mut dice).rows;
            }
        }
    }
    assert!(found > 5_000, "{found} rows found");
}
