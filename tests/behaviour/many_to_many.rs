//! Many-to-many links: both ends agree (I3), whatever their number (SEMANTICS M1 to M4, M7, M8, D19, D24).

use std::collections::BTreeSet;

use relarena::prelude::*;

use crate::support::{Dice, Outcome, dump, give_up, sound};

#[derive(Model, Clone, Debug)]
#[many_to_many(COURSES: Course, reverse = STUDENTS)]
struct Student {}

#[derive(Model, Clone, Debug)]
struct Course {}

#[derive(Model, Clone, Debug)]
#[many_to_many(FRIENDS: Person, symmetrical)]
#[many_to_many(FOLLOWS: Person, reverse = FOLLOWERS)]
struct Person {}

#[derive(Schema)]
struct Campus {
    students: Table<Student>,
    courses: Table<Course>,
    people: Table<Person>,
}

type Fixture = (Store<Campus>, Vec<Id<Student>>, Vec<Id<Course>>);

fn campus(students: usize, courses: usize) -> Result<Fixture, Error> {
    let mut db = Store::new();
    let students = db.insert_many((0..students).map(|_| Student {}))?;
    let courses = db.insert_many((0..courses).map(|_| Course {}))?;
    Ok((db, students, courses))
}

fn people<const N: usize>() -> Result<(Store<Campus>, [Id<Person>; N]), Error> {
    let mut db = Store::new();
    let people = db.insert_many((0..N).map(|_| Person {}))?;
    Ok((db, people.try_into().expect("as many ids as rows")))
}

#[test]
fn linking_twice_makes_one_link() -> Outcome {
    let (mut db, students, courses) = campus(1, 1)?;
    assert!(db.link(students[0], Student::COURSES, courses[0])?);
    assert!(!db.link(students[0], Student::COURSES, courses[0])?);
    assert_eq!(db.follow(students[0], Student::COURSES).ids(), courses);
    sound(&db);
    Ok(())
}

#[test]
fn linking_from_either_end_makes_the_same_link() -> Outcome {
    let (mut db, students, courses) = campus(1, 1)?;
    assert!(db.link(courses[0], Course::STUDENTS, students[0])?);
    assert!(!db.link(students[0], Student::COURSES, courses[0])?);
    assert!(
        db.linked(students[0], Student::COURSES, courses[0]) && db.linked(courses[0], Course::STUDENTS, students[0])
    );
    sound(&db);
    Ok(())
}

#[test]
fn unlinking_from_the_other_end_removes_the_link() -> Outcome {
    let (mut db, students, courses) = campus(1, 1)?;
    db.link(students[0], Student::COURSES, courses[0])?;
    assert!(db.unlink(courses[0], Course::STUDENTS, students[0])?);
    assert_eq!(db.follow(students[0], Student::COURSES).count(), 0);
    sound(&db);
    Ok(())
}

#[test]
fn unlinking_what_is_not_linked_is_no_error() -> Outcome {
    let (mut db, students, courses) = campus(1, 2)?;
    assert!(!db.unlink(students[0], Student::COURSES, courses[0])?);
    db.delete(courses[1])?;
    assert!(!db.unlink(students[0], Student::COURSES, courses[1])?);
    assert_eq!(db.clear_links(students[0], Student::COURSES)?, 0);
    sound(&db);
    Ok(())
}

#[test]
fn linking_a_dead_row_is_refused() -> Outcome {
    let (mut db, students, courses) = campus(2, 1)?;
    db.delete(courses[0])?;
    db.delete(students[1])?;
    assert!(matches!(db.link(students[0], Student::COURSES, courses[0]), Err(Error::DanglingTarget { .. })));
    assert!(matches!(db.link(students[1], Student::COURSES, courses[0]), Err(Error::RowNotFound { .. })));
    sound(&db);
    Ok(())
}

#[test]
fn set_links_adds_and_removes_only_the_difference() -> Outcome {
    let (mut db, students, courses) = campus(1, 4)?;
    db.set_links(students[0], Student::COURSES, courses[..3].iter().copied())?;
    let changes = db.set_links(students[0], Student::COURSES, courses[1..].iter().copied())?;
    assert_eq!((changes.added, changes.removed), (1, 1));
    let now: BTreeSet<_> = db.follow(students[0], Student::COURSES).ids().into_iter().collect();
    assert_eq!(now, courses[1..].iter().copied().collect());
    sound(&db);
    Ok(())
}

#[test]
fn set_links_to_what_is_there_changes_no_order_at_either_end() -> Outcome {
    let (mut db, students, courses) = campus(3, 3)?;
    for &student in students.iter().rev() {
        db.set_links(student, Student::COURSES, courses.iter().copied())?;
    }
    let before = dump(&db);
    let changes = db.set_links(students[1], Student::COURSES, courses.iter().rev().copied())?;
    assert_eq!((changes.added, changes.removed), (0, 0));
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn set_links_with_a_dead_row_in_the_list_changes_nothing() -> Outcome {
    let (mut db, students, courses) = campus(1, 3)?;
    db.set_links(students[0], Student::COURSES, [courses[0]])?;
    db.delete(courses[2])?;
    let refused = db.set_links(students[0], Student::COURSES, [courses[1], courses[2]]);
    assert!(matches!(refused, Err(Error::DanglingTarget { .. })));
    assert_eq!(db.follow(students[0], Student::COURSES).ids(), [courses[0]]);
    sound(&db);
    Ok(())
}

#[test]
fn duplicates_in_a_list_count_once() -> Outcome {
    let (mut db, students, courses) = campus(1, 1)?;
    let changes = db.set_links(students[0], Student::COURSES, [courses[0], courses[0]])?;
    assert_eq!(changes.added, 1);
    sound(&db);
    Ok(())
}

#[test]
fn clearing_one_end_leaves_the_links_of_others() -> Outcome {
    let (mut db, students, courses) = campus(2, 2)?;
    for &student in &students {
        db.set_links(student, Student::COURSES, courses.iter().copied())?;
    }
    assert_eq!(db.clear_links(courses[0], Course::STUDENTS)?, 2);
    assert_eq!(db.follow(students[0], Student::COURSES).ids(), [courses[1]]);
    sound(&db);
    Ok(())
}

#[test]
fn deleting_a_row_cuts_its_links_and_counts_them() -> Outcome {
    let (mut db, students, courses) = campus(3, 2)?;
    db.set_links(courses[0], Course::STUDENTS, students.iter().copied())?;
    let report = db.delete(courses[0])?;
    let links: Vec<_> = report.links().map(|(relation, count)| (relation.to_string(), count)).collect();
    assert_eq!((report.total, links), (4, vec![("Student.courses".to_string(), 3)]));
    assert!(students.iter().all(|&student| db.follow(student, Student::COURSES).count() == 0));
    sound(&db);
    Ok(())
}

#[test]
fn deleting_the_rows_at_the_other_end_deletes_rows_and_not_only_links() -> Outcome {
    let (mut db, students, courses) = campus(1, 3)?;
    db.set_links(students[0], Student::COURSES, courses[..2].iter().copied())?;
    let linked = db.follow(students[0], Student::COURSES).ids();
    db.delete_many(linked)?;
    assert_eq!(db.len::<Course>(), 1);
    sound(&db);
    Ok(())
}

#[test]
fn a_symmetrical_link_is_seen_from_both_rows() -> Outcome {
    let (mut db, [ann, bob]) = people()?;
    db.link(ann, Person::FRIENDS, bob)?;
    assert!(db.linked(bob, Person::FRIENDS, ann));
    assert_eq!(db.count_links("Person", "friends")?, 2);
    assert!(db.unlink(bob, Person::FRIENDS, ann)?);
    assert_eq!(db.count_links("Person", "friends")?, 0);
    sound(&db);
    Ok(())
}

#[test]
fn a_symmetrical_pair_counts_twice_in_a_report_and_a_self_link_once() -> Outcome {
    let (mut db, [ann, bob]) = people()?;
    db.link(ann, Person::FRIENDS, bob)?;
    db.link(ann, Person::FRIENDS, ann)?;
    assert_eq!(db.count_links("Person", "friends")?, 3);
    let report = db.delete(ann)?;
    assert_eq!((report.total, report.links().map(|(_, count)| count).sum::<usize>()), (4, 3));
    assert_eq!(db.follow(bob, Person::FRIENDS).count(), 0);
    sound(&db);
    Ok(())
}

#[test]
fn a_row_linked_with_itself_is_its_own_friend_once() -> Outcome {
    let (mut db, [ann, bob]) = people()?;
    db.set_links(ann, Person::FRIENDS, [bob, ann])?;
    assert_eq!(db.follow(ann, Person::FRIENDS).ids(), [bob, ann]);
    assert!(db.unlink(ann, Person::FRIENDS, ann)?);
    assert_eq!(db.follow(ann, Person::FRIENDS).ids(), [bob]);
    sound(&db);
    Ok(())
}

#[test]
fn set_links_of_a_symmetrical_relation_works_on_both_directions() -> Outcome {
    let (mut db, [ann, bob, cid]) = people()?;
    db.link(bob, Person::FRIENDS, ann)?;
    db.set_links(ann, Person::FRIENDS, [cid])?;
    assert_eq!((db.follow(bob, Person::FRIENDS).count(), db.follow(cid, Person::FRIENDS).ids()), (0, vec![ann]));
    sound(&db);
    Ok(())
}

#[test]
fn an_asymmetrical_link_has_one_direction() -> Outcome {
    let (mut db, [ann, bob]) = people()?;
    db.link(ann, Person::FOLLOWS, bob)?;
    assert!(!db.linked(bob, Person::FOLLOWS, ann));
    assert_eq!(db.follow(bob, Person::FOLLOWERS).ids(), [ann]);
    assert!(db.link(bob, Person::FOLLOWS, ann)?, "the other direction is another link");
    assert_eq!(db.count_links("Person", "follows")?, 2);
    sound(&db);
    Ok(())
}

#[test]
fn clearing_an_asymmetrical_relation_keeps_the_links_that_come_in() -> Outcome {
    let (mut db, [ann, bob]) = people()?;
    db.link(ann, Person::FOLLOWS, bob)?;
    db.link(bob, Person::FOLLOWS, ann)?;
    db.link(ann, Person::FOLLOWS, ann)?;
    assert_eq!(db.clear_links(ann, Person::FOLLOWS)?, 2);
    assert_eq!(db.follow(ann, Person::FOLLOWERS).ids(), [bob]);
    sound(&db);
    Ok(())
}

#[test]
fn an_asymmetrical_self_link_counts_once_when_its_row_goes() -> Outcome {
    let (mut db, [ann, bob]) = people()?;
    db.link(ann, Person::FOLLOWS, ann)?;
    db.link(bob, Person::FOLLOWS, ann)?;
    assert_eq!(db.delete(ann)?.total, 3);
    assert_eq!(db.follow(bob, Person::FOLLOWS).count(), 0);
    sound(&db);
    Ok(())
}

#[test]
fn two_relations_of_a_model_with_itself_stay_apart() -> Outcome {
    let (mut db, [ann, bob]) = people()?;
    db.link(ann, Person::FRIENDS, bob)?;
    assert!(!db.linked(ann, Person::FOLLOWS, bob) && !db.linked(bob, Person::FOLLOWS, ann));
    sound(&db);
    Ok(())
}

/// Links and unlinks at random beside a set of pairs, and compares every answer and, at the end, every list.
fn compare_with_a_set(students: usize, courses: usize, mut links: BTreeSet<(usize, usize)>, steps: usize) -> Outcome {
    let (mut db, student_ids, course_ids) = campus(students, courses)?;
    let every = links.iter().copied().collect::<Vec<_>>();
    for &(student, course) in &every {
        db.link(student_ids[student], Student::COURSES, course_ids[course])?;
    }
    sound(&db);
    let mut dice = Dice(1 + students as u64);
    for _ in 0..steps {
        let pair = every[dice.below(every.len())];
        let (student, course) = (student_ids[pair.0], course_ids[pair.1]);
        let from_course = dice.below(2) == 0;
        if dice.below(3) == 0 {
            let added = if from_course {
                db.link(course, Course::STUDENTS, student)?
            } else {
                db.link(student, Student::COURSES, course)?
            };
            assert_eq!(added, links.insert(pair));
        } else {
            let removed = if from_course {
                db.unlink(course, Course::STUDENTS, student)?
            } else {
                db.unlink(student, Student::COURSES, course)?
            };
            assert_eq!(removed, links.remove(&pair));
        }
    }
    for (place, &student) in student_ids.iter().enumerate() {
        let found: BTreeSet<_> = db.follow(student, Student::COURSES).ids().into_iter().collect();
        let expected = links.range((place, 0)..(place + 1, 0)).map(|&(_, course)| course_ids[course]).collect();
        assert_eq!(found, expected);
    }
    sound(&db);
    Ok(())
}

#[test]
fn links_between_rows_with_more_than_32_links_on_both_ends_survive_random_unlinks() -> Outcome {
    let all = (0..40).flat_map(|student| (0..40).map(move |course| (student, course))).collect();
    compare_with_a_set(40, 40, all, 6000)
}

#[test]
fn hubs_with_more_than_1000_links_on_both_ends_survive_random_unlinks() -> Outcome {
    let outward = (0..4).flat_map(|student| (0..1100).map(move |course| (student, course)));
    let inward = (0..4).flat_map(|course| (0..1100).map(move |student| (student, course)));
    compare_with_a_set(1100, 1100, outward.chain(inward).collect(), 12_000)
}

#[test]
fn symmetrical_hubs_survive_random_unlinks() -> Outcome {
    let mut db = Store::<Campus>::new();
    let people = db.insert_many((0..45).map(|_| Person {}))?;
    let (mut dice, mut pairs) = (Dice(7), BTreeSet::new());
    for step in 0..8000 {
        let (one, other) = (dice.below(45), dice.below(45));
        let pair = (one.min(other), one.max(other));
        if step < 4000 || dice.below(2) == 0 {
            assert_eq!(db.link(people[one], Person::FRIENDS, people[other])?, pairs.insert(pair));
        } else {
            assert_eq!(db.unlink(people[one], Person::FRIENDS, people[other])?, pairs.remove(&pair));
        }
    }
    let ordered = pairs.iter().map(|&(one, other)| if one == other { 1 } else { 2 }).sum::<usize>();
    assert_eq!(db.count_links("Person", "friends")?, ordered);
    sound(&db);
    Ok(())
}

#[test]
fn a_rollback_restores_the_lists_of_hubs_in_their_order() -> Outcome {
    let (mut db, students, courses) = campus(40, 40)?;
    for &student in &students {
        db.set_links(student, Student::COURSES, courses.iter().copied())?;
    }
    let (before, mut dice) = (dump(&db), Dice(3));
    let failed: Outcome = db.transaction(|tx| {
        for _ in 0..900 {
            tx.unlink(students[dice.below(40)], Student::COURSES, courses[dice.below(40)])?;
            tx.link(courses[dice.below(40)], Course::STUDENTS, students[dice.below(40)])?;
        }
        tx.delete(courses[7])?;
        tx.delete(students[9])?;
        sound(tx);
        give_up()
    });
    assert!(failed.is_err());
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn a_deleted_hub_takes_its_thousand_links_along() -> Outcome {
    let (mut db, students, courses) = campus(1001, 34)?;
    for &course in &courses {
        db.set_links(course, Course::STUDENTS, students.iter().copied())?;
    }
    assert_eq!(db.delete(courses[5])?.total, 1002);
    assert!(students.iter().all(|&student| db.follow(student, Student::COURSES).len() == 33));
    sound(&db);
    Ok(())
}

#[test]
fn a_plan_lists_each_link_once() -> Outcome {
    let (mut db, [ann, bob, cid]) = people()?;
    db.set_links(ann, Person::FRIENDS, [ann, bob, cid])?;
    db.link(ann, Person::FOLLOWS, bob)?;
    db.link(bob, Person::FOLLOWS, ann)?;
    let plan = db.plan_delete_many([ann, bob]);
    let mut cuts: Vec<_> = plan.links.iter().map(|cut| (cut.relation.field, cut.source, cut.target)).collect();
    cuts.sort_unstable();
    let [ann, bob, cid] = [ann, bob, cid].map(|person| db.key_of(person));
    let friends = [(ann, ann), (ann, bob), (ann, cid)].map(|(one, other)| ("friends", one, other));
    assert_eq!(cuts, [&[("follows", ann, bob), ("follows", bob, ann)], &friends[..]].concat());
    sound(&db);
    Ok(())
}

#[test]
fn linking_many_rows_equals_linking_each() -> Outcome {
    let (mut db, students, courses) = campus(2, 40)?;
    let mut other = db.clone();
    let wanted = [7, 3, 3, 39, 7, 0].map(|place| courses[place]);
    assert_eq!(db.link_many(students[1], Student::COURSES, wanted)?, 4);
    for course in wanted {
        other.link(students[1], Student::COURSES, course)?;
    }
    assert_eq!(dump(&db), dump(&other));
    assert_eq!(db.link_many(courses[3], Course::STUDENTS, students.iter().copied())?, 1);
    sound(&db);
    Ok(())
}

#[test]
fn linking_many_rows_with_one_that_is_gone_links_none() -> Outcome {
    let (mut db, students, courses) = campus(1, 3)?;
    db.delete(courses[1])?;
    let before = dump(&db);
    let refused = db.link_many(students[0], Student::COURSES, courses.iter().copied());
    assert!(matches!(refused, Err(Error::DanglingTarget { .. })));
    assert_eq!(dump(&db), before);
    sound(&db);
    Ok(())
}

#[test]
fn a_row_that_is_gone_is_told_by_the_row_it_was_to_be_linked_from() -> Outcome {
    let (mut db, students, courses) = campus(1, 1)?;
    db.delete(students[0])?;
    assert!(matches!(db.link(students[0], Student::COURSES, courses[0]), Err(Error::RowNotFound { .. })));
    assert!(matches!(db.link(courses[0], Course::STUDENTS, students[0]), Err(Error::DanglingTarget { .. })));
    assert!(matches!(db.unlink(students[0], Student::COURSES, courses[0]), Err(Error::RowNotFound { .. })));
    assert!(!db.unlink(courses[0], Course::STUDENTS, students[0])?);
    assert!(!db.linked(students[0], Student::COURSES, courses[0]));
    sound(&db);
    Ok(())
}

#[test]
fn a_report_adds_up_the_links_of_all_rows_that_go() -> Outcome {
    let (mut db, students, courses) = campus(3, 3)?;
    for &course in &courses {
        db.set_links(course, Course::STUDENTS, students.iter().copied())?;
    }
    let report = db.delete_many(courses.iter().copied().take(2))?;
    let links: Vec<_> = report.links().map(|(_, count)| count).collect();
    assert_eq!((report.total, report.of::<Course>(), links), (8, 2, vec![6]));
    Ok(())
}
