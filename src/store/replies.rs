//! Answers on their way back from a database thread. Many are ready at once, because units share a
//! flush; waking the thread of each who waits costs a system call. So each such thread has a
//! queue of replies, and is woken once for all that is in it.

use std::cell::RefCell;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Tells one who waits.
type Reply = Box<dyn FnOnce() + Send>;

/// Replies handed out between two looks at what else the thread has to do.
const AT_ONCE: usize = 64;

thread_local! {
    /// That of this thread.
    static REPLIES: RefCell<Option<ReplyQueue>> = const { RefCell::new(None) };
}

/// Where the replies for one thread are left.
#[derive(Debug, Clone)]
pub(super) struct ReplyQueue(UnboundedSender<Reply>);

impl ReplyQueue {
    /// That of this thread, made at its first use; it is emptied as long as the runtime is there in which
    /// that happened.
    #[expect(clippy::disallowed_methods, reason = "it ends with its thread or its runtime")]
    pub(super) fn of_this_thread() -> Self {
        REPLIES.with_borrow_mut(|known| match known {
            Some(known) if !known.0.is_closed() => known.clone(),
            _ => {
                let (sender, replies) = unbounded_channel();
                tokio::spawn(hand_out(replies));
                known.insert(Self(sender)).clone()
            }
        })
    }

    /// Queues a reply; if nobody empties the queue any more, hands it out at once.
    pub(super) fn push(&self, reply: impl FnOnce() + Send + 'static) {
        if let Err(refused) = self.0.send(Box::new(reply)) {
            (refused.0)();
        }
    }
}

async fn hand_out(mut replies: UnboundedReceiver<Reply>) {
    let mut some = Vec::with_capacity(AT_ONCE);
    while replies.recv_many(&mut some, AT_ONCE).await > 0 {
        some.drain(..).for_each(|reply| reply());
    }
}
