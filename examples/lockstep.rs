//! Two peers fight the same battle over a slow line: lock-step with prediction, rewind and re-simulation.
//!
//! Each peer plays every tick at once, on the guess that the other player gives no order. An order that arrives late
//! makes it rewind to the tick that the order is of, and play again from there. What is sent is orders, never state:
//! the same orders give the same rows and ids on both sides. Run with `cargo run --release --example lockstep`.

use std::time::{Duration, Instant};

use relarena::Checkpoint;
use relarena::prelude::*;

/// Twenty seconds at 60 a second.
const TICKS: usize = 20 * 60;
/// The latest that an order may be, in ticks, and so how many checkpoints a peer keeps.
const RING: usize = 8;
const RANGE: i32 = 12;

#[derive(Model, Clone)]
#[many_to_many(ALLIES: Faction, symmetrical)]
struct Faction {
    name: &'static str,
    gate: i32,
}

#[derive(Model, Clone)]
struct Squad {
    #[foreign_key(on_delete = cascade, reverse = SQUADS)]
    faction: Id<Faction>,
}

#[derive(Model, Clone)]
struct Unit {
    health: i32,
    place: (i32, i32),
    reload: u32,
    #[foreign_key(on_delete = cascade, reverse = UNITS)]
    squad: Id<Squad>,
    // Who hunted a unit that fell looks for another.
    #[foreign_key(on_delete = set_null, reverse = HUNTERS)]
    target: Option<Id<Unit>>,
}

#[derive(Model, Clone)]
struct Projectile {
    flight: u32,
    // A shot at what has fallen goes with it.
    #[foreign_key(on_delete = cascade, reverse = INCOMING)]
    target: Id<Unit>,
}

#[derive(Schema)]
struct Battle {
    factions: Table<Faction>,
    squads: Table<Squad>,
    units: Table<Unit>,
    projectiles: Table<Projectile>,
}

/// What a player wants. It may name a row of a predicted future; whoever plays it checks that the row is there, and both
/// peers find the same, since they play it in the same tick of the same state.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    Attack { squad: Id<Squad>, enemy: Id<Unit> },
    Recruit { squad: Id<Squad> },
    ToggleTruce { ours: Id<Faction>, theirs: Id<Faction> },
}

/// The rules: the state and the orders of both players in, the next state out. No clock, no dice, nothing of the peer's.
fn tick(db: &mut Store<Battle>, orders: &[Option<Order>; 2]) -> Result<(), Error> {
    db.transaction(|tx| {
        orders.iter().flatten().try_for_each(|order| obey(tx, *order))?;
        tx.for_each_mut(Unit::RELOAD, |reload| *reload = reload.saturating_sub(1));
        tx.for_each_mut(Projectile::FLIGHT, |flight| *flight -= 1);
        for shot in tx.rows::<Projectile>().ids() {
            // A shot may have gone with a target that another one brought down.
            let Some(&Projectile { flight: 0, target, .. }) = tx.get(shot) else { continue };
            tx.set(target, Unit::HEALTH, tx[target].health - 9)?;
            let _report = if tx[target].health <= 0 { tx.delete(target)? } else { tx.delete(shot)? };
        }
        tx.rows::<Unit>().ids().into_iter().try_for_each(|unit| act(tx, unit))
    })
}

fn obey(db: &mut Store<Battle>, order: Order) -> Result<(), Error> {
    match order {
        Order::Attack { squad, enemy } if db.contains(enemy) => {
            db.update_many(db.follow(squad, Squad::UNITS).ids(), |_, unit| unit.target = Some(enemy))
        }
        Order::Recruit { squad } if db.follow(squad, Squad::UNITS).count() < 9 => {
            let row = db.follow(squad, Squad::UNITS).map(|_| 4).sum();
            let place = (db.follow(squad, Squad::FACTION).gate, row);
            Ok(db.insert(Unit { health: 30, place, reload: 0, squad, target: None }).map(drop)?)
        }
        Order::ToggleTruce { ours, theirs } if !db.unlink(ours, Faction::ALLIES, theirs)? => {
            db.link(ours, Faction::ALLIES, theirs).map(drop)
        }
        _ => Ok(()),
    }
}

/// A unit's turn: find an enemy, close in, shoot.
fn act(db: &mut Store<Battle>, unit: Id<Unit>) -> Result<(), Error> {
    let Unit { place, reload, target, .. } = db[unit];
    let target = target.filter(|target| is_enemy(db, unit, *target)).or_else(|| nearest_enemy(db, unit));
    db.set(unit, Unit::TARGET, target)?;
    let Some(target) = target else { return Ok(()) };
    let (x, y) = db[target].place;
    if distance(place, (x, y)) > RANGE {
        db.set(unit, Unit::PLACE, (place.0 + (x - place.0).signum(), place.1 + (y - place.1).signum()))?;
    } else if reload == 0 {
        db.insert(Projectile { flight: 10, target })?;
        db.set(unit, Unit::RELOAD, 20)?;
    }
    Ok(())
}

fn is_enemy(db: &View<Battle>, unit: Id<Unit>, other: Id<Unit>) -> bool {
    let (ours, theirs) = (db.follow(unit, Unit::SQUAD).faction, db.follow(other, Unit::SQUAD).faction);
    ours != theirs && !db.linked(ours, Faction::ALLIES, theirs)
}

fn nearest_enemy(db: &View<Battle>, unit: Id<Unit>) -> Option<Id<Unit>> {
    let enemies = db.rows::<Unit>().filter(|other| is_enemy(db, unit, other.id()));
    // The first of several wins. Rows come in the order of slots, which is the same on both peers.
    enemies.min_by_key(|enemy| distance(db[unit].place, enemy.place)).map(|enemy| enemy.id())
}

fn distance(one: (i32, i32), other: (i32, i32)) -> i32 {
    (one.0 - other.0).abs().max((one.1 - other.1).abs())
}

/// The state that all start from: two players' factions and a third that nobody leads, with squads of six.
fn battle() -> Result<Store<Battle>, Error> {
    let mut db = Store::new();
    for (name, gate) in [("red", 0), ("blue", 45), ("bandits", 90)] {
        let faction = db.insert(Faction { name, gate })?;
        for _ in 0..2 {
            let squad = db.insert(Squad { faction })?;
            (0..6).try_for_each(|_| obey(&mut db, Order::Recruit { squad }))?;
        }
    }
    Ok(db)
}

struct Peer {
    db: Store<Battle>,
    player: usize,
    /// The states before the last ticks, each at its tick modulo the ring.
    marks: [Option<Checkpoint>; RING],
    /// The orders of each tick as far as they are known. What has not arrived counts as no order: the prediction.
    orders: Vec<[Option<Order>; 2]>,
    /// How many ticks each rewind made it play again.
    rewinds: Vec<usize>,
    slowest: Duration,
}

impl Peer {
    fn new(player: usize) -> Result<Self, Error> {
        let mut db = battle()?;
        db.limit_checkpoints(RING)?;
        Ok(Self { db, player, marks: [None; RING], orders: vec![], rewinds: vec![], slowest: Duration::ZERO })
    }

    /// Takes in what has arrived, and plays the ticks again that turn out to have been predicted wrongly.
    fn receive(&mut self, arrived: &[(usize, Order)]) -> Result<(), Error> {
        for &(tick, order) in arrived {
            self.orders[tick][1 - self.player] = Some(order);
        }
        let now = self.orders.len() - 1;
        if let Some(wrong) = arrived.iter().map(|(tick, _)| *tick).min().filter(|wrong| *wrong < now) {
            self.db.rewind(self.marks[wrong % RING].expect("no order is later than the ring is long"))?;
            // The checkpoint that was gone back to is still there; those after it are taken anew.
            tick(&mut self.db, &self.orders[wrong])?;
            (wrong + 1..now).try_for_each(|tick| self.advance(tick))?;
            self.rewinds.push(now - wrong);
        }
        Ok(())
    }

    fn advance(&mut self, now: usize) -> Result<(), Error> {
        self.marks[now % RING] = Some(self.db.checkpoint()?);
        tick(&mut self.db, &self.orders[now])
    }

    /// What the player wants, who sees the predicted state.
    fn decide(&self, dice: &mut Dice) -> Option<Order> {
        let factions = self.db.rows::<Faction>().ids();
        let (ours, theirs) = (factions[self.player], factions[(self.player + 1 + dice.roll(2)) % 3]);
        let squad = self.db.follow(ours, Faction::SQUADS).ids()[dice.roll(2)];
        match dice.roll(100) {
            0..10 => Some(Order::Recruit { squad }),
            10..18 => {
                let enemies = self.db.follow(theirs, Faction::SQUADS).flat_map(|squad| squad.follow(Squad::UNITS));
                enemies.last().map(|enemy| Order::Attack { squad, enemy: enemy.id() })
            }
            18 => Some(Order::ToggleTruce { ours, theirs }),
            _ => None,
        }
    }
}

/// The players' whims and the line's (xorshift, G. Marsaglia, 2003).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % sides
    }
}

fn main() -> Result<(), Error> {
    let (mut peers, mut dice) = ([Peer::new(0)?, Peer::new(1)?], Dice(0xBA77_1E5E_ED00));
    // For each peer, what is under way to it: when it arrives, the tick that it is of, and the order.
    let mut line = [Vec::new(), Vec::new()];
    for now in 0..TICKS {
        for player in 0..2 {
            let order = peers[player].decide(&mut dice);
            peers[player].orders.push(if player == 0 { [order, None] } else { [None, order] });
            line[1 - player].extend(order.map(|order| (now + dice.roll(RING + 1), now, order)));
        }
        for (peer, line) in peers.iter_mut().zip(&mut line) {
            let begun = Instant::now();
            // The last frame waits for all that is still under way.
            let arrived = line.extract_if(.., |(arrives, ..)| *arrives <= now || now + 1 == TICKS);
            peer.receive(&arrived.map(|(_, tick, order)| (tick, order)).collect::<Vec<_>>())?;
            peer.advance(now)?;
            peer.slowest = peer.slowest.max(begun.elapsed());
        }
    }
    // A referee who has every order in time never goes back, and must see the same battle.
    let mut referee = battle()?;
    peers[0].orders.iter().try_for_each(|orders| tick(&mut referee, orders))?;
    let state = |db: &View<Battle>| (db.digest(), db.next_id::<Unit>(), db.next_id::<Projectile>());
    println!("{TICKS} ticks, 60 a second; orders arrive up to {RING} ticks late");
    for (name, Peer { db, orders, rewinds, slowest, .. }) in ["red", "blue"].iter().zip(&peers) {
        let ((digest, unit, projectile), again) = (state(db), rewinds.iter().sum::<usize>());
        println!("{name}: {} rewinds, {again} ticks played again, slowest frame {slowest:.1?}", rewinds.len());
        println!("  digest {digest:016x}, next ids {unit:?} and {projectile:?}");
        assert!(rewinds.len() > 50 && *orders == peers[0].orders);
        assert_eq!((state(db), db.audit()), (state(&referee), vec![]));
    }
    for faction in referee.rows::<Faction>() {
        let units: usize = faction.follow(Faction::SQUADS).map(|squad| squad.follow(Squad::UNITS).count()).sum();
        println!("{}: {units} units stand, {} allies", faction.name, faction.follow(Faction::ALLIES).count());
    }
    Ok(())
}
