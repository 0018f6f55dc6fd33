//! A colony under a mountain: a thousand ticks of agents, jobs, items, and rooms that fall in.
//!
//! Run with `cargo run --release --example colony`. It tells the same story on each run: the store iterates in fixed
//! orders and gives the same ids, and the dice are the program's own.

use relarena::Row;
use relarena::prelude::*;

const TICKS: u32 = 1_000;
const FORESIGHT: u32 = 45;
const HUNGRY: u32 = 70;
const STARVED: u32 = 200;
const MEAL_KEEPS: u32 = 90;
const CREAKING: i32 = 22;
const NAMES: [&str; 10] = ["Ada", "Bruno", "Cleo", "Dora", "Emil", "Fritz", "Greta", "Hugo", "Ines", "Jonas"];

#[derive(Model, Clone)]
#[many_to_many(DOORS: Room, symmetrical)]
struct Room {
    name: String,
    strength: i32,
}

#[derive(Model, Clone)]
struct Agent {
    #[unique]
    name: &'static str,
    hunger: u32,
    // A room cannot go while somebody is in it, unless they go together.
    #[foreign_key(on_delete = restrict, reverse = OCCUPANTS)]
    room: Id<Room>,
}

#[derive(Clone, Copy, PartialEq)]
enum Task {
    Cook,
    Dig,
    Haul,
    Prop,
}

#[derive(Model, Clone)]
struct Job {
    task: Task,
    left: u32,
    #[foreign_key(on_delete = cascade, reverse = JOBS)]
    room: Id<Room>,
    // One to one: an agent has one job at a time, and a job one worker. A job outlives its worker.
    #[one_to_one(on_delete = set_null, reverse = JOB)]
    worker: Option<Id<Agent>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Meal,
    Stone,
}

#[derive(Model, Clone)]
#[check(name = "lies_or_is_carried", |item| item.room.is_some() != item.carrier.is_some())]
struct Item {
    kind: Kind,
    age: u32,
    // What lies in a room is buried with it.
    #[foreign_key(on_delete = cascade, reverse = ITEMS)]
    room: Option<Id<Room>>,
    // Nobody leaves this world with full hands.
    #[foreign_key(on_delete = restrict, reverse = CARRIED)]
    carrier: Option<Id<Agent>>,
}

#[derive(Schema)]
struct Colony {
    rooms: Table<Room>,
    agents: Table<Agent>,
    jobs: Table<Job>,
    items: Table<Item>,
}

/// What is not in the store: dice, clock and chronicle. A clone of it dreams a future of its own.
#[derive(Clone)]
struct Fate {
    dice: u64,
    tick: u32,
    hall: Id<Room>,
    kitchen: Id<Room>,
    caverns: u32,
    chronicle: Vec<(u32, String)>,
}

impl Fate {
    /// A number below `sides`, by Marsaglia's xorshift.
    fn roll(&mut self, sides: u32) -> u32 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice % u64::from(sides)) as u32
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { Some(from[self.roll(from.len() as u32) as usize]) }
    }

    fn tell(&mut self, event: impl Into<String>) {
        self.chronicle.push((self.tick, event.into()));
    }
}

fn main() -> Result<(), Error> {
    let mut db = Store::<Colony>::new();
    let hall = db.insert(Room { name: "the hall".into(), strength: 1_000_000 })?;
    let kitchen = db.insert(Room { name: "the kitchen".into(), strength: 1_000_000 })?;
    db.link(hall, Room::DOORS, kitchen)?;
    db.insert_many(NAMES[..6].iter().map(|name| Agent { name, hunger: 0, room: hall }))?;
    let mut fate = Fate { dice: 0xCAFE, tick: 0, hall, kitchen, caverns: 0, chronicle: Vec::new() };
    while fate.tick < TICKS {
        if fate.tick.is_multiple_of(30) {
            consider_digging(&mut db, &mut fate)?;
        }
        if fate.tick % 150 == 149 {
            welcome(&mut db, &mut fate)?;
        }
        tick(&mut db, &mut fate)?;
    }
    for (tick, event) in &fate.chronicle {
        println!("tick {tick:>3}  {event}");
    }
    println!("\nAfter {TICKS} ticks {} rooms stand. Where everybody is:", db.len::<Room>());
    for agent in db.rows::<Agent>() {
        show(agent);
    }
    println!("stones in the hall: {}, open jobs: {}", stones_in(&db, hall).len(), db.len::<Job>());
    let violations = db.audit();
    println!("audit: {} violations", violations.len());
    assert_eq!(violations, []);
    Ok(())
}

fn show(agent: Row<'_, Colony, Agent>) {
    let room = agent.follow(Agent::ROOM);
    let doing = match agent.follow(Agent::JOB).map(|job| job.follow(Job::ROOM)) {
        None => "idle".to_owned(),
        Some(place) if place.id() == room.id() => "at work".to_owned(),
        Some(place) => format!("on the way to {}", place.name),
    };
    let hands = if agent.follow(Agent::CARRIED).is_empty() { "" } else { ", carrying a stone" };
    println!("  {:<6} in {:<12} hunger {:>3}, {doing}{hands}", agent.name, room.name, agent.hunger);
}

fn stones_in(db: &View<Colony>, room: Id<Room>) -> Vec<Id<Item>> {
    db.follow(room, Room::ITEMS).filter(|item| item.kind == Kind::Stone).map(|item| item.id()).collect()
}

/// One step of the world. Takes a transaction, so that it runs in earnest on the store, and in a dream inside one.
fn tick(db: &mut Store<Colony>, fate: &mut Fate) -> Result<(), Error> {
    fate.tick += 1;
    // Plain fields that no rule depends on change in place, whole tables at a time.
    db.for_each_mut(Agent::HUNGER, |hunger| *hunger += 1);
    db.for_each_mut(Room::STRENGTH, |strength| *strength -= 1);
    // Items have a rule, so that they change by statements that check it.
    let meals: Vec<_> = db.rows::<Item>().filter(|item| item.kind == Kind::Meal).map(|item| item.id()).collect();
    db.update_many(meals, |_, meal| meal.age += 1)?;
    db.delete_where::<Item>(|item| item.age > MEAL_KEEPS)?;
    for room in db.rows::<Room>().ids() {
        if db[room].strength <= 0 {
            collapse(db, fate, room)?;
        }
    }
    post_jobs(db, fate)?;
    for agent in db.rows::<Agent>().ids() {
        act(db, fate, agent)?;
    }
    db.delete_where::<Job>(|job| job.left == 0)?;
    Ok(())
}

/// A room falls in. Who finds a door gets out; who does not is buried, together with the room.
fn collapse(db: &mut Store<Colony>, fate: &mut Fate, room: Id<Room>) -> Result<(), Error> {
    let name = db[room].name.clone();
    let doors = db.follow(room, Room::DOORS).ids();
    let (mut saved, mut buried) = (Vec::new(), Vec::new());
    for agent in db.follow(room, Room::OCCUPANTS).ids() {
        if fate.roll(2) > 0 { &mut saved } else { &mut buried }.push(agent);
    }
    let mut story = vec![format!("{name} fell in")];
    if let Some(&refuge) = doors.first() {
        db.update_many(saved.iter().copied(), |_, agent| agent.room = refuge)?;
        // Crawlways stay open, so that no part of the colony is ever cut off.
        for &other in &doors[1..] {
            db.link(refuge, Room::DOORS, other)?;
        }
        if !saved.is_empty() {
            story.push(format!("{} got out to {}", names(db, &saved), db[refuge].name));
        }
    }
    let mut doomed = vec![db.key_of(room)];
    if !buried.is_empty() {
        story.push(format!("{} did not get out", names(db, &buried)));
        // The room alone is held back by its occupants (`restrict`), but as one set they go together.
        assert!(db.plan_delete(room)?.is_blocked());
        for &agent in &buried {
            put_down(db, agent)?;
            doomed.push(db.key_of(agent));
        }
    }
    let report = db.delete_keys(&doomed)?;
    if report.of::<Item>() > 0 {
        story.push(format!("items lost: {}", report.of::<Item>()));
    }
    fate.tell(story.join("; "));
    Ok(())
}

fn names(db: &View<Colony>, agents: &[Id<Agent>]) -> String {
    agents.iter().map(|&agent| db[agent].name).collect::<Vec<_>>().join(" and ")
}

/// Both keys of an item change in one statement: between two, it would break the rule that it is in one place.
fn put_down(db: &mut Store<Colony>, agent: Id<Agent>) -> Result<(), Error> {
    let room = db[agent].room;
    let items = db.follow(agent, Agent::CARRIED).ids();
    db.update_many(items, |_, item| (item.room, item.carrier) = (Some(room), None))
}

fn post_jobs(db: &mut Store<Colony>, fate: &Fate) -> Result<(), Error> {
    let meals = db.rows::<Item>().filter(|item| item.kind == Kind::Meal).count();
    let cooking = db.follow(fate.kitchen, Room::JOBS).filter(|job| job.task == Task::Cook).count();
    if meals + 4 * cooking < db.len::<Agent>() {
        db.insert(Job { task: Task::Cook, left: 12, room: fate.kitchen, worker: None })?;
    }
    for room in db.rows::<Room>().ids() {
        let row = db.row(room)?;
        let is_posted = |task| row.follow(Room::JOBS).any(|job| job.task == task);
        let has_stone = row.follow(Room::ITEMS).any(|item| item.kind == Kind::Stone);
        let (haul, prop) = (has_stone && !is_posted(Task::Haul), row.strength < CREAKING && !is_posted(Task::Prop));
        if haul && room != fate.hall {
            db.insert(Job { task: Task::Haul, left: 2, room, worker: None })?;
        }
        if prop {
            let job = db.insert(Job { task: Task::Prop, left: 10, room, worker: None })?;
            // Urgent: the nearest agent drops what they are doing. Their old job is free again, as the key says.
            if let Some(near) = nearest_agent(db, room) {
                db.replace(job, Job::WORKER, near)?;
            }
        }
    }
    Ok(())
}

fn nearest_agent(db: &View<Colony>, room: Id<Room>) -> Option<Id<Agent>> {
    let empty_handed = |room: Id<Room>| {
        let mut occupants = db.follow(room, Room::OCCUPANTS);
        occupants.find(|agent| agent.hunger < HUNGRY && agent.follow(Agent::CARRIED).is_empty())
    };
    let (_, found) = way(db, room, |room| empty_handed(room).is_some())?;
    empty_handed(found).map(|agent| agent.id())
}

/// The shortest way through the doors to a room that will do: the first step, and the room itself.
fn way(db: &View<Colony>, from: Id<Room>, will_do: impl Fn(Id<Room>) -> bool) -> Option<(Id<Room>, Id<Room>)> {
    let (mut seen, mut next) = (vec![(from, from)], 0);
    while let Some(&(step, room)) = seen.get(next) {
        if will_do(room) {
            return Some((step, room));
        }
        for door in db.follow(room, Room::DOORS).map(|door| door.id()) {
            if seen.iter().all(|(_, room)| *room != door) {
                seen.push((if room == from { door } else { step }, door));
            }
        }
        next += 1;
    }
    None
}

/// An agent's turn: eat, or carry home, or work, or look for work.
fn act(db: &mut Store<Colony>, fate: &mut Fate, agent: Id<Agent>) -> Result<(), Error> {
    let Agent { name, hunger, room } = db[agent].clone();
    if hunger > STARVED {
        put_down(db, agent)?;
        let was_working = db.follow(agent, Agent::JOB).is_some();
        db.delete(agent)?;
        fate.tell(format!("{name} starved{}", if was_working { ", and left a job behind" } else { "" }));
        return Ok(());
    }
    if hunger > HUNGRY {
        let meal_in = |room| db.follow(room, Room::ITEMS).find(|item| item.kind == Kind::Meal).map(|meal| meal.id());
        if let Some(meal) = meal_in(room) {
            db.delete(meal)?;
            return db.set(agent, Agent::HUNGER, 0);
        }
        if let Some((step, _)) = way(db, room, |room| meal_in(room).is_some()) {
            return db.set(agent, Agent::ROOM, step);
        }
    }
    if !db.follow(agent, Agent::CARRIED).is_empty() {
        return match way(db, room, |room| room == fate.hall) {
            Some((step, _)) if step != room => db.set(agent, Agent::ROOM, step),
            _ => put_down(db, agent),
        };
    }
    let Some((job, place)) = db.follow(agent, Agent::JOB).map(|job| (job.id(), job.room)) else {
        return find_work(db, fate, agent);
    };
    if room != place {
        let (step, _) = way(db, room, |room| room == place).ok_or(Error::other("the colony is in two parts"))?;
        return db.set(agent, Agent::ROOM, step);
    }
    let left = db[job].left - 1;
    db.set(job, Job::LEFT, left)?;
    if left == 0 { finish(db, fate, agent, job) } else { Ok(()) }
}

/// Takes one of the free jobs.
fn find_work(db: &mut Store<Colony>, fate: &mut Fate, agent: Id<Agent>) -> Result<(), Error> {
    let free: Vec<_> = db.rows::<Job>().filter(|job| job.worker.is_none()).map(|job| job.id()).collect();
    fate.pick(&free).map_or(Ok(()), |job| db.set(job, Job::WORKER, Some(agent)))
}

fn finish(db: &mut Store<Colony>, fate: &mut Fate, agent: Id<Agent>, job: Id<Job>) -> Result<(), Error> {
    let (task, room) = (db[job].task, db[job].room);
    match task {
        Task::Cook => {
            db.insert_many((0..4).map(|_| Item { kind: Kind::Meal, age: 0, room: Some(room), carrier: None }))?;
        }
        Task::Dig => {
            fate.caverns += 1;
            let strength = 50 + fate.roll(60).cast_signed();
            let cavern = db.insert(Room { name: format!("cavern {}", fate.caverns), strength })?;
            db.link(room, Room::DOORS, cavern)?;
            db.insert_many((0..5).map(|_| Item { kind: Kind::Stone, age: 0, room: Some(cavern), carrier: None }))?;
            db.update(room, |room| room.strength -= 15)?;
        }
        Task::Haul => {
            if let Some(&stone) = stones_in(db, room).first() {
                db.update(stone, |stone| (stone.room, stone.carrier) = (None, Some(agent)))?;
            }
        }
        Task::Prop => {
            // A stone of the hall holds the roof for long, timber alone for a while.
            let stone = stones_in(db, fate.hall).first().copied();
            db.update(room, |room| room.strength += if stone.is_some() { 90 } else { 30 })?;
            if let Some(stone) = stone {
                db.delete(stone)?;
            }
        }
    }
    Ok(())
}

/// Digs only if nobody dies of it, which is found out by trying.
fn consider_digging(db: &mut Store<Colony>, fate: &mut Fate) -> Result<(), Error> {
    let place = fate.pick(&db.rows::<Room>().ids()).unwrap_or(fate.hall);
    let dig = Job { task: Task::Dig, left: 15, room: place, worker: None };
    match foresee(db, fate, &dig)? {
        None => {
            db.insert(dig)?;
        }
        Some((tick, omen)) => {
            fate.tell(format!("nobody digs in {}: in a dream, at {tick}, {omen}", db[place].name));
        }
    }
    Ok(())
}

/// Lets a future happen inside a transaction, and answers the first death in it; then it has never happened.
fn foresee(db: &mut Store<Colony>, fate: &Fate, dig: &Job) -> Result<Option<(u32, String)>, Error> {
    let mut dream = Fate { chronicle: Vec::new(), ..fate.clone() };
    let living = db.len::<Agent>();
    let survivors = db.rehearse(|tx| {
        tx.insert(dig.clone())?;
        for _ in 0..FORESIGHT {
            tick(tx, &mut dream)?;
        }
        Ok(tx.len::<Agent>())
    })?;
    assert_eq!(db.len::<Agent>(), living, "nobody dies of a dream");
    let is_death = |(_, event): &(u32, String)| event.contains("did not get out") || event.contains("starved");
    Ok(if survivors < living { dream.chronicle.into_iter().find(is_death) } else { None })
}

/// A newcomer, unless somebody in the colony has the name already.
fn welcome(db: &mut Store<Colony>, fate: &mut Fate) -> Result<(), Error> {
    let newcomer = Agent { name: fate.pick(&NAMES).unwrap_or("Nobody"), hunger: 0, room: fate.hall };
    match db.insert(newcomer) {
        Ok(agent) => fate.tell(format!("{} joined the colony", db[agent].name)),
        Err(refused) if matches!(refused.error, Error::UniqueViolation(_)) => {
            fate.tell(format!("a second {} was turned away at the gate", refused.row.name));
        }
        Err(refused) => return Err(refused.error),
    }
    Ok(())
}
