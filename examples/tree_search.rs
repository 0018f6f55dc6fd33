//! A realm that looks before it leaps: each turn it tries a thousand plans, each on a fork of the world, and goes on in the
//! fork that turned out best.
//!
//! A fork is a whole store: plans are carried out by the same rules that the game is played by, cascades and refusals
//! included, and nothing has to be taken back. Run with `cargo run --release --example tree_search`.

use std::time::{Duration, Instant};

use relarena::prelude::*;

const PLANS: u32 = 1_000;
const TURNS: u32 = 20;
const SIDE: usize = 60;
/// Men in a new army, and the grain that it costs.
const LEVY: u32 = 10;

#[derive(Model, Clone)]
#[many_to_many(BORDERS: Province, symmetrical)]
struct Province {
    name: String,
    harvest: u32,
    // A province outlives the realm that holds it.
    #[foreign_key(on_delete = set_null, reverse = LANDS)]
    holder: Option<Id<Realm>>,
}

#[derive(Model, Clone)]
struct Realm {
    #[unique]
    name: &'static str,
    grain: u32,
    #[one_to_one(on_delete = restrict, reverse = CAPITAL_OF)]
    capital: Id<Province>,
}

#[derive(Model, Clone)]
struct Army {
    men: u32,
    #[foreign_key(on_delete = cascade, reverse = ARMIES)]
    realm: Id<Realm>,
    // One army to a province; the store refuses a second.
    #[one_to_one(on_delete = restrict, reverse = ARMY)]
    camp: Id<Province>,
}

/// Goes with the army that lays it, and with the realm that is laid siege to.
#[derive(Model, Clone)]
struct Siege {
    turns: u32,
    #[one_to_one(on_delete = cascade, reverse = SIEGE)]
    army: Id<Army>,
    #[foreign_key(on_delete = cascade, reverse = BESIEGED_BY)]
    of: Id<Realm>,
}

#[derive(Schema)]
struct World {
    provinces: Table<Province>,
    realms: Table<Realm>,
    armies: Table<Army>,
    sieges: Table<Siege>,
}

/// A small generator of the same numbers in every run (xorshift, G. Marsaglia, 2003).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % sides
    }
}

/// A square of provinces with four realms in its middle.
fn world() -> Result<Store<World>, Error> {
    let (mut db, mut dice) = (Store::new(), Dice(0x5EED));
    let rows = (0..SIDE * SIDE).map(|number| Province {
        name: format!("province {}/{}", number / SIDE, number % SIDE),
        harvest: 1 + dice.roll(9) as u32,
        holder: None,
    });
    let provinces = db.insert_many(rows)?;
    for number in 0..SIDE * SIDE {
        let (right, below) = (number + 1, number + SIDE);
        for neighbour in [(right % SIDE > 0).then_some(right), Some(below)].into_iter().flatten() {
            if let Some(&neighbour) = provinces.get(neighbour) {
                db.link(provinces[number], Province::BORDERS, neighbour)?;
            }
        }
    }
    let (near, far) = (SIDE / 2 - 3, SIDE / 2 + 3);
    for (name, place) in
        [("Ostmark", (near, near)), ("Vale", (near, far)), ("Karst", (far, near)), ("Isle", (far, far))]
    {
        let capital = provinces[place.0 * SIDE + place.1];
        let realm = db.insert(Realm { name, grain: 40, capital })?;
        db.set(capital, Province::HOLDER, Some(realm))?;
        db.insert(Army { men: 60, realm, camp: capital })?;
    }
    Ok(db)
}

/// Plans are data: orders to be carried out on whatever store is given.
#[derive(Clone, Copy)]
enum Order {
    March { army: Id<Army>, to: Id<Province> },
    Muster { at: Id<Province> },
}

/// A plan as the dice will have it. The bolder it is, the more armies march.
fn draw_plan(db: &View<World>, realm: Id<Realm>, dice: &mut Dice) -> Vec<Order> {
    let (boldness, mut plan) = (1 + dice.roll(6), Vec::new());
    for army in db.follow(realm, Realm::ARMIES).filter(|_| dice.roll(6) < boldness).collect::<Vec<_>>() {
        let borders = army.follow(Army::CAMP).follow(Province::BORDERS).ids();
        plan.push(Order::March { army: army.id(), to: borders[dice.roll(borders.len())] });
    }
    let lands = db.follow(realm, Realm::LANDS).ids();
    plan.extend((0..db[realm].grain / LEVY).map(|_| Order::Muster { at: lands[dice.roll(lands.len())] }));
    plan
}

/// What the others do: every army goes for the best harvest next to it that is not theirs, and new ones muster at home.
fn greedy_plan(db: &View<World>, realm: Id<Realm>) -> Vec<Order> {
    let march = |army: Row<'_, World, Army>| {
        let borders = army.follow(Army::CAMP).follow(Province::BORDERS);
        let prize = borders.filter(|to| to.holder != Some(realm)).max_by_key(|to| to.harvest)?;
        Some(Order::March { army: army.id(), to: prize.id() })
    };
    let mut plan: Vec<Order> = db.follow(realm, Realm::ARMIES).filter_map(march).collect();
    plan.push(Order::Muster { at: db[realm].capital });
    plan
}

fn carry_out(db: &mut Store<World>, realm: Id<Realm>, plan: &[Order]) -> Result<(), Error> {
    for order in plan {
        match *order {
            // It may have been merged with another by an earlier order.
            Order::March { army, to } if db.contains(army) => march(db, army, to)?,
            Order::Muster { at } if db[realm].grain >= LEVY && db.follow(at, Province::ARMY).is_none() => {
                db.set(realm, Realm::GRAIN, db[realm].grain - LEVY)?;
                db.insert(Army { men: LEVY, realm, camp: at })?;
            }
            Order::March { .. } | Order::Muster { .. } => {}
        }
    }
    Ok(())
}

fn march(db: &mut Store<World>, army: Id<Army>, to: Id<Province>) -> Result<(), Error> {
    let Army { men, realm, .. } = db[army];
    if let Some((met, Army { men: others, realm: theirs, .. })) =
        db.follow(to, Province::ARMY).map(|met| (met.id(), met.get().clone()))
    {
        if theirs == realm {
            db.set(met, Army::MEN, men + others)?;
            db.delete(army)?;
            return Ok(());
        }
        // The stronger stays on the field, and pays for it.
        let (loser, winner, left) =
            if men > others { (met, army, men - others / 2) } else { (army, met, others - men / 2) };
        db.delete(loser)?;
        db.set(winner, Army::MEN, left)?;
        if winner == met {
            return Ok(());
        }
    }
    // An army that marches off gives its siege up.
    if let Some(siege) = db.follow(army, Army::SIEGE).map(|siege| siege.id()) {
        db.delete(siege)?;
    }
    db.set(army, Army::CAMP, to)?;
    match db.follow(to, Province::CAPITAL_OF).map(|rival| rival.id()).filter(|rival| *rival != realm) {
        Some(of) => db.insert(Siege { turns: 0, army, of }).map(drop)?,
        None => db.set(to, Province::HOLDER, Some(realm))?,
    }
    Ok(())
}

/// A turn of the whole world: ours by the plan, the others' by their greed, then sieges and harvest.
fn turn(db: &mut Store<World>, ours: Id<Realm>, plan: &[Order]) -> Result<(), Error> {
    carry_out(db, ours, plan)?;
    for realm in db.rows::<Realm>().ids().into_iter().filter(|realm| *realm != ours) {
        let plan = greedy_plan(db, realm);
        carry_out(db, realm, &plan)?;
    }
    db.for_each_mut(Siege::TURNS, |turns| *turns += 1);
    let starved: Vec<_> = db.rows::<Siege>().filter(|siege| siege.turns == 3).map(|siege| siege.of).collect();
    // Its armies and their sieges go with it; its lands are nobody's.
    db.delete_many(starved)?;
    for realm in db.rows::<Realm>().ids() {
        let harvest: u32 = db.follow(realm, Realm::LANDS).map(|province| province.harvest).sum();
        db.set(realm, Realm::GRAIN, db[realm].grain + harvest / 4)?;
    }
    Ok(())
}

/// How well a realm stands: nothing, if it is no more.
fn worth(db: &View<World>, realm: Id<Realm>) -> u32 {
    let Ok(row) = db.row(realm) else { return 0 };
    let harvest: u32 = row.follow(Realm::LANDS).map(|province| province.harvest).sum();
    let men: u32 = row.follow(Realm::ARMIES).map(|army| army.men).sum();
    let sieges = row.follow(Realm::ARMIES).filter_map(|army| army.follow(Army::SIEGE));
    let hopes: u32 = sieges.map(|siege| 50 * (1 + siege.turns)).sum();
    let fears: u32 = row.follow(Realm::BESIEGED_BY).map(|siege| 100 * (1 + siege.turns)).sum();
    (4 * harvest + men + row.grain + hopes + 500 * (4 - db.len::<Realm>() as u32)).saturating_sub(fears)
}

fn main() -> Result<(), Error> {
    let (mut db, mut dice) = (world()?, Dice(0xB0A_C0DE));
    let ours = db.rows::<Realm>().next().expect("the world has realms").id();
    let (mut tried, mut spent) = (0, Duration::ZERO);
    for number in 1..=TURNS {
        let (before, begun) = (db.digest(), Instant::now());
        // To hold still and muster nobody is a plan too.
        let mut best = db.fork()?;
        turn(&mut best, ours, &[])?;
        let (mut most, mut least) = (worth(&best, ours), worth(&best, ours));
        for _ in 0..PLANS {
            let plan = draw_plan(&db, ours, &mut dice);
            let mut fork = db.fork()?;
            turn(&mut fork, ours, &plan)?;
            let worth = worth(&fork, ours);
            least = least.min(worth);
            if worth > most {
                (best, most) = (fork, worth);
            }
        }
        spent += begun.elapsed();
        tried += PLANS;
        assert_eq!(db.digest(), before, "a fork's writes show in no other store");
        db = best;
        let (realms, lands) = (db.len::<Realm>(), db.follow(ours, Realm::LANDS).count());
        println!(
            "turn {number:>2}: plans worth {least:>4} to {most:>4}; {realms} realms, {lands:>3} provinces are ours"
        );
    }
    let begun = Instant::now();
    drop(db.clone());
    println!("{tried} plans, {:.1?} each with its fork; a clone alone takes {:.1?}", spent / tried, begun.elapsed());
    for realm in db.rows::<Realm>() {
        let men: u32 = realm.follow(Realm::ARMIES).map(|army| army.men).sum();
        println!("{:<8}{men:>4} men, {:>3} provinces", realm.name, realm.follow(Realm::LANDS).count());
    }
    assert!(db.rows::<Realm>().all(|realm| worth(&db, realm.id()) <= worth(&db, ours)), "who looks ahead, leads");
    assert_eq!(db.audit(), []);
    Ok(())
}
