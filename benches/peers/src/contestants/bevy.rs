//! `bevy_ecs`: relationships with `linked_spawn`, read through cached queries.
//!
//! The sources of a relationship stand in an `EntityHashSet`: of the collections that `bevy_ecs` offers it is the only
//! one that is fast at any fan-out (the default `Vec` and the index sets remove in linear time).

use bevy_ecs::entity::EntityHashSet;
use bevy_ecs::prelude::*;
use hashbrown::HashMap;

use super::{Accounts, Campus, Library, Transactions};

#[derive(Component)]
struct Text(#[expect(dead_code, reason = "rows own a text, as with the other contestants")] String);
/// Marks what is a row: relationships and resources may be entities too.
#[derive(Component)]
struct Row;
#[derive(Component)]
struct Score(i64);
#[derive(Component)]
struct Pages(u32);
#[derive(Component)]
struct Number(u32);

#[derive(Component)]
#[relationship(relationship_target = Books)]
struct WrittenBy(Entity);
#[derive(Component)]
#[relationship_target(relationship = WrittenBy, linked_spawn)]
struct Books(EntityHashSet);

#[derive(Component)]
#[relationship(relationship_target = Chapters)]
struct PartOf(Entity);
#[derive(Component)]
#[relationship_target(relationship = PartOf, linked_spawn)]
struct Chapters(EntityHashSet);

/// A world with the queries that its reads need.
pub struct BevyLibrary {
    world: World,
    author_of: QueryState<&'static WrittenBy>,
    score: QueryState<&'static Score>,
    books: QueryState<&'static Books>,
    pages: QueryState<&'static Pages>,
}

impl Library for BevyLibrary {
    type Author = Entity;
    type Book = Entity;

    fn empty() -> Self {
        let mut world = World::new();
        Self { author_of: world.query(), score: world.query(), books: world.query(), pages: world.query(), world }
    }

    /// Queries learn of archetypes that are new.
    fn end(&mut self) {
        self.author_of.update_archetypes(&self.world);
        self.score.update_archetypes(&self.world);
        self.books.update_archetypes(&self.world);
        self.pages.update_archetypes(&self.world);
    }

    fn insert_author(&mut self, name: &str, score: i64) -> Entity {
        self.world.spawn((Row, Text(name.into()), Score(score))).id()
    }

    fn insert_book(&mut self, title: &str, pages: u32, author: Entity) -> Entity {
        assert!(self.world.get_entity(author).is_ok(), "the author is there");
        self.world.spawn((Row, Text(title.into()), Pages(pages), WrittenBy(author))).id()
    }

    fn insert_chapter(&mut self, number: u32, book: Entity) {
        assert!(self.world.get_entity(book).is_ok(), "the book is there");
        self.world.spawn((Row, Number(number), PartOf(book)));
    }

    fn author_score(&mut self, book: Entity) -> i64 {
        let author = self.author_of.get_manual(&self.world, book).expect("a book has an author").0;
        self.score.get_manual(&self.world, author).expect("an author has a score").0
    }

    fn pages_by(&mut self, author: Entity) -> u64 {
        let Ok(Books(books)) = self.books.get_manual(&self.world, author) else { return 0 };
        let pages = |&book| u64::from(self.pages.get_manual(&self.world, book).expect("a book has pages").0);
        books.iter().map(pages).sum()
    }

    fn count_thicker(&mut self, limit: u32) -> usize {
        self.pages.iter_manual(&self.world).filter(|pages| pages.0 > limit).count()
    }

    fn set_author(&mut self, book: Entity, author: Entity) {
        assert!(self.world.get_entity(author).is_ok(), "the author is there");
        self.world.entity_mut(book).insert(WrittenBy(author));
    }

    fn delete_book(&mut self, book: Entity) {
        assert!(self.world.despawn(book), "the book is there");
    }

    fn delete_author(&mut self, author: Entity) {
        assert!(self.world.despawn(author), "the author is there");
    }

    fn row_count(&mut self) -> usize {
        self.world.query_filtered::<(), With<Row>>().iter(&self.world).count()
    }
}

impl Transactions for BevyLibrary {
    const CAN_ROLL_BACK: bool = false;

    fn commit(&mut self, work: impl FnOnce(&mut Self)) {
        work(self);
    }

    fn roll_back(&mut self, _: impl FnOnce(&mut Self)) {}
}

#[derive(Component)]
struct UserName(String);

/// Users as entities, and a map of names, as an ECS program would keep it in a resource.
pub struct BevyAccounts {
    world: World,
    by_name: HashMap<String, Entity, foldhash::fast::RandomState>,
    karma: QueryState<&'static Number>,
}

impl Accounts for BevyAccounts {
    type User = Entity;

    fn empty() -> Self {
        let mut world = World::new();
        Self { by_name: HashMap::default(), karma: world.query(), world }
    }

    fn end(&mut self) {
        self.karma.update_archetypes(&self.world);
    }

    fn insert_user(&mut self, name: &str, karma: u32) -> Option<Entity> {
        let entry = match self.by_name.entry_ref(name) {
            hashbrown::hash_map::EntryRef::Occupied(_) => return None,
            hashbrown::hash_map::EntryRef::Vacant(entry) => entry,
        };
        let user = self.world.spawn((UserName(name.into()), Number(karma))).id();
        entry.insert(user);
        Some(user)
    }

    fn karma_of(&mut self, name: &str) -> Option<u32> {
        let user = *self.by_name.get(name)?;
        Some(self.karma.get_manual(&self.world, user).expect("a user has karma").0)
    }

    fn delete_user(&mut self, user: Entity) {
        let name = self.world.entity_mut(user).take::<UserName>().expect("a user has a name");
        self.by_name.remove(&name.0);
        self.world.despawn(user);
    }
}

#[derive(Component, Default)]
struct Linked(EntityHashSet);

/// Students and courses, each with the set of what it is linked with: relationships are one to many only.
pub struct BevyCampus {
    world: World,
    linked: QueryState<&'static Linked>,
    linked_mut: QueryState<&'static mut Linked>,
    number: QueryState<&'static Number>,
}

impl Campus for BevyCampus {
    type Student = Entity;
    type Course = Entity;

    fn empty() -> Self {
        let mut world = World::new();
        Self { linked: world.query(), linked_mut: world.query(), number: world.query(), world }
    }

    fn end(&mut self) {
        self.linked.update_archetypes(&self.world);
        self.linked_mut.update_archetypes(&self.world);
        self.number.update_archetypes(&self.world);
    }

    fn insert_student(&mut self, number: u32) -> Entity {
        self.world.spawn((Number(number), Linked::default())).id()
    }

    fn insert_course(&mut self, number: u32) -> Entity {
        self.world.spawn((Number(number), Linked::default())).id()
    }

    fn link(&mut self, student: Entity, course: Entity) -> bool {
        let ends = self.linked_mut.get_many_mut(&mut self.world, [student, course]);
        let [mut courses, mut students] = ends.expect("both rows are there");
        courses.0.insert(course) && students.0.insert(student)
    }

    fn unlink(&mut self, student: Entity, course: Entity) -> bool {
        let ends = self.linked_mut.get_many_mut(&mut self.world, [student, course]);
        let [mut courses, mut students] = ends.expect("both rows are there");
        courses.0.remove(&course) && students.0.remove(&student)
    }

    fn linked(&mut self, student: Entity, course: Entity) -> bool {
        self.linked.get_manual(&self.world, student).is_ok_and(|courses| courses.0.contains(&course))
    }

    fn course_numbers(&mut self, student: Entity) -> u64 {
        let courses = self.linked.get_manual(&self.world, student).expect("the student is there");
        let number = |&course| u64::from(self.number.get_manual(&self.world, course).expect("a course has a number").0);
        courses.0.iter().map(number).sum()
    }
}
