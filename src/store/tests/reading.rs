//! Reads beside the writer: one asker never holds up another.

use std::{sync::mpsc, time::Duration};

use futures_util::FutureExt;
use tokio::time::timeout;

use super::{super::readers::READERS, *};

#[tokio::test]
async fn an_asker_that_is_busy_with_something_else_holds_nobody_up() {
    let house = House::new();
    // Every turn is taken ...
    let (begun, begins) = mpsc::channel();
    let mut gates = Vec::new();
    let mut busy = Vec::new();
    for _ in 0..READERS {
        let (store, begun, (gate, opens)) = (house.store.clone(), begun.clone(), mpsc::channel::<()>());
        gates.push(gate);
        busy.push(tokio::spawn(async move {
            let wait = move |_: Db<'_>| {
                begun.send(()).unwrap();
                Ok(opens.recv().is_err())
            };
            store.read(wait).await
        }));
    }
    tokio::task::spawn_blocking(move || (0..READERS).for_each(|_| begins.recv().unwrap())).await.unwrap();
    // ... these wait for one, and then nobody looks at them ...
    let mut forgotten: Vec<_> = (0..READERS).map(|_| Box::pin(house.store.read(|_| Ok(())))).collect();
    for read in &mut forgotten {
        assert!(read.now_or_never().is_none(), "there was a turn");
    }
    // ... and the turns are free again.
    drop(gates);
    for read in busy {
        assert!(read.await.unwrap().unwrap());
    }
    let next = timeout(Duration::from_secs(30), house.store.read(|_| Ok(7))).await;
    assert_eq!(next.expect("turns were kept by those who did not look").unwrap(), 7);
    drop(forgotten);
}
