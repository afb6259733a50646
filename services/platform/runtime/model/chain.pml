/*
 * The chain of one partition (../README.md; design: the chain): writers that know of each other only
 * by the log, a network that loses, delays, reorders and doubles records, callers that ask again
 * elsewhere, and a policy that answers a foreign log. What a writer does follows partition_decide.cc,
 * partition_settle.cc and partition_wait.cc; the judge below sees every landing and every answer.
 *
 * Sizes and faults are macros (check.py names the sets that are searched through). Each rule can be
 * left out by a macro of its name, and then the search must find what goes wrong: see LEAVE_OUT.
 */
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef REQUESTS
#define REQUESTS 2 /* At most 3. */
#endif
#ifndef REPEATS
#define REPEATS 0 /* Requests asked once more, anywhere, before the first attempt is answered. */
#endif
#ifndef BATCH
#define BATCH 2 /* Records of one batch at most. */
#endif
#ifndef RECORDS
#define RECORDS 6 /* Built in all. Who needs one more stops: the search is cut there. */
#endif
#ifndef FOREIGN
#define FOREIGN 0 /* Foreign events that the policy answers; at most 3. */
#endif
#ifndef UNKNOWNS
#define UNKNOWNS 0 /* Appends whose outcome is unknown: each record lands later, or never. */
#endif
#ifndef FAILURES
#define FAILURES 0 /* Appends that fail for certain. */
#endif
#ifndef DOUBLES
#define DOUBLES 0 /* Records that land a second time, at any time. */
#endif
#ifndef GAPS
#define GAPS 0 /* Offsets that hold nothing. */
#endif
#ifndef CRASHES
#define CRASHES 0 /* A writer loses all that it holds and folds the log anew. */
#endif
#ifndef EXPIRIES
#define EXPIRIES 0 /* Calls whose deadline passes while they wait: answered as not decided. */
#endif
#ifndef READS
#define READS 0
#endif

#define BIT(i) (1 << (i))
#define HAS(set, i) ((set) & BIT(i))
#define LOG_MAX (RECORDS + DOUBLES + GAPS)

/* A call is one attempt of a request. */
#define CALLS (2 * REQUESTS)
#define REQUEST_OF(call) ((call) % REQUESTS)
#define IS_REPEAT(call) ((call) >= REQUESTS)

/* The state: a seat, which requests were accepted and which refused, how many foreign events are
 * answered. Request 0 gives the seat up, the others take it: each is right in one state of it. */
#define INITIAL 1
#define TAKEN(state) ((state) & 1)
#define ACCEPTED(state, request) ((state) & (2 << (request)))
#define ACCEPTED_SET(state) (((state) >> 1) & 7)
#define REFUSED_IN(state, request) ((state) & (16 << (request)))
#define ANSWERED(state) ((state) >> 7)
#define IS_RIGHT(state, request) (TAKEN(state) == ((request) == 0))

mtype = { NO_OP, EVENT, REFUSAL, POLICY };
mtype = { IDLE, IN_FLIGHT, READING, SETTLING };

typedef Record {
  byte prev;   /* The id that it was decided on; 0 is the empty log. */
  mtype kind;
  byte call;   /* Of a POLICY: the foreign event that is its cause. */
  bool follows; /* In its batch, another one. */
  short state; /* That it was decided on: for the judge alone. */
}

Record record[RECORDS + 1]; /* By id, from 1 on. */
byte built;
byte entry[LOG_MAX]; /* The log: ids in the order of their landing; 0 is a gap. */
byte log_end;
short under_way; /* Ids that may still land. */
short late;      /* Those of them that land in any order, or never. */
byte queue[WRITERS]; /* Calls that wait to be decided. */

/* What may still go wrong. */
byte unknowns = UNKNOWNS;
byte failures = FAILURES;
byte doubles = DOUBLES;
byte gaps = GAPS;
byte crashes = CRASHES;
byte expiries = EXPIRIES;
byte reads = READS;
byte repeats = REPEATS;

/* The judge's own. */
byte true_tip;
short true_state = INITIAL;
byte asked;       /* Calls. */
byte lost;        /* Calls that died with a writer. */
byte not_done;    /* Calls answered so: their append failed, or they came too late. */
byte accepted;    /* Requests answered so. */
byte refused;     /* Requests answered so. */
byte refusable;   /* Requests whose refusal was right at some time since they were asked. */
byte void_run;    /* Void records since the last valid one. */
byte told;        /* Requests of which a consumer outside has heard. */
#ifdef LEAVE_OUT_CHAIN_OUTSIDE
short heard;      /* Ids of which it has heard. */
#endif

/* The promises. Not part of the state: an assertion's text is the promise that was broken. */
hidden byte each_is_decided_on_the_state_that_it_follows;
hidden byte each_request_happens_once;
hidden byte what_was_denied_stays_undone;
hidden byte each_cause_is_answered_once_in_order;
hidden byte one_writer_always_gets_on;
hidden byte what_is_acknowledged_is_in_the_log;
hidden byte a_refusal_was_right_while_it_was_asked;
hidden byte a_read_sees_what_was_acknowledged_before;
hidden byte a_consumer_outside_hears_of_each_once;
hidden byte a_mirror_has_the_same_valid_records;
hidden byte everything_is_answered;

/* The one rule. */
#ifdef LEAVE_OUT_PREV /* Valid is what landed at the offset that it was decided for. */
#define PLACE_TO_BE(tip, offset) (offset)
#define IS_VALID(id, tip, offset) (record[id].prev == (offset))
#else
#define PLACE_TO_BE(tip, offset) (tip)
#define IS_VALID(id, tip, offset) (record[id].prev == (tip))
#endif

#define ROOM (built < RECORDS)

/* One record into a state. */
inline apply(state, id) {
  if
  :: record[id].kind == EVENT -> state = (state ^ 1) | (2 << REQUEST_OF(record[id].call))
  :: record[id].kind == REFUSAL -> state = state | (16 << REQUEST_OF(record[id].call))
  :: record[id].kind == POLICY -> state = state + 128
  :: else
  fi
}

inline note_refusable() {
  request = 0;
  do
  :: request < REQUESTS ->
    if
    :: (HAS(asked, request) && !IS_RIGHT(true_state, request)) -> refusable = refusable | BIT(request)
    :: else
    fi;
    request++
  :: else -> break
  od;
  request = 0
}

/* The judge sees a record land, before anybody reads it. */
inline judge(id) {
  if
  :: IS_VALID(id, true_tip, log_end) ->
    each_is_decided_on_the_state_that_it_follows = (record[id].state == true_state);
    assert(each_is_decided_on_the_state_that_it_follows);
    if
    :: record[id].kind == EVENT ->
      each_request_happens_once = !ACCEPTED(true_state, REQUEST_OF(record[id].call));
      assert(each_request_happens_once);
      what_was_denied_stays_undone = !HAS(refused, REQUEST_OF(record[id].call)) &&
                                     !HAS(not_done, record[id].call);
      assert(what_was_denied_stays_undone)
    :: record[id].kind == POLICY ->
      each_cause_is_answered_once_in_order = (record[id].call == ANSWERED(true_state) + 1);
      assert(each_cause_is_answered_once_in_order)
    :: else
    fi;
    apply(true_state, id);
    true_tip = id;
    void_run = 0;
    note_refusable()
  :: else ->
    void_run++;
#if UNKNOWNS + DOUBLES + CRASHES + GAPS + FAILURES == 0
    /* Behind a valid record each other writer may have one batch under way that knows nothing of
     * it; whatever is decided later knows it. */
    one_writer_always_gets_on = (void_run <= (WRITERS - 1) * BATCH);
    assert(one_writer_always_gets_on)
#endif
  fi
}

/* A consumer outside. */
inline tell_outside(id) {
#ifdef LEAVE_OUT_CHAIN_OUTSIDE /* It takes whatever is there, and drops ids that it knows. */
  if
  :: record[id].kind == EVENT && !HAS(heard, id) ->
    heard = heard | BIT(id);
#else
  if
  :: record[id].kind == EVENT && void_run == 0 -> /* Valid, says the chain. */
#endif
    a_consumer_outside_hears_of_each_once = !HAS(told, REQUEST_OF(record[id].call));
    assert(a_consumer_outside_hears_of_each_once);
    told = told | BIT(REQUEST_OF(record[id].call))
  :: else
  fi
}

/* Answers, as the callers hear them. */
inline acknowledge(c) {
  what_is_acknowledged_is_in_the_log = (ACCEPTED(true_state, REQUEST_OF(c)) != 0);
  assert(what_is_acknowledged_is_in_the_log);
  what_was_denied_stays_undone = !HAS(refused, REQUEST_OF(c));
  assert(what_was_denied_stays_undone);
  accepted = accepted | BIT(REQUEST_OF(c))
}

inline deny(c) {
  if
  :: (!IS_REPEAT(c) && HAS(asked, c + REQUESTS)) /* Too late: the caller waits for the other answer. */
  :: else ->
    a_refusal_was_right_while_it_was_asked = HAS(refusable, REQUEST_OF(c));
    assert(a_refusal_was_right_while_it_was_asked);
    what_was_denied_stays_undone = !ACCEPTED(true_state, REQUEST_OF(c));
    assert(what_was_denied_stays_undone);
    refused = refused | BIT(REQUEST_OF(c))
  fi
}

inline give_answers(yes, no) {
  call = 0;
  do
  :: call < CALLS ->
    if :: HAS(yes, call) -> acknowledge(call) :: else fi;
    if :: HAS(no, call) -> deny(call) :: else fi;
    call++
  :: else -> break
  od;
  call = 0
}

inline select_writer() {
  writer = 0;
  do
  :: writer + 1 < WRITERS -> writer++
  :: break
  od
}

inline ask_first() {
  select_writer();
  asked = asked | BIT(request);
  queue[writer] = queue[writer] | BIT(request);
  if :: !IS_RIGHT(true_state, request) -> refusable = refusable | BIT(request) :: else fi;
  request++;
  writer = 0
}

/* Callers ask in any order of time, or all at once, which is less to search. */
proctype Callers() {
  byte request, writer, again;
#ifdef ASK_AT_ONCE
  atomic {
    do
    :: request < REQUESTS -> ask_first()
    :: else -> break
    od
  }
#endif
end:
  do
  :: atomic {
      request < REQUESTS -> ask_first()
    }
#if REPEATS > 0
  :: atomic {
      repeats > 0 &&
      (asked & (BIT(REQUESTS) - 1) & ~(accepted | refused | (asked >> REQUESTS))) != 0 ->
      again = 0;
      do
      :: again + 1 < REQUESTS -> again++
      :: break
      od;
      if
      :: HAS(asked, again) && !HAS(accepted | refused | (asked >> REQUESTS), again) ->
        repeats--;
        select_writer();
        asked = asked | BIT(again + REQUESTS);
        queue[writer] = queue[writer] | BIT(again + REQUESTS)
      :: else
      fi;
      again = 0;
      writer = 0
    }
#endif
  od
}

/* The log and the way to it. */
proctype Network() {
  byte id, request;
end:
  do
  :: atomic {
      log_end < LOG_MAX && under_way != 0 ->
      id = 1;
      do
      :: id < built -> id++
      :: break
      od;
      if
      :: HAS(under_way, id) &&
          (HAS(late, id) || !record[id].follows || !HAS(under_way & ~late, id - 1)) ->
        if
        :: under_way = under_way & ~BIT(id); late = late & ~BIT(id)
        :: doubles > 0 -> doubles--; late = late | BIT(id)
        fi;
        judge(id);
        tell_outside(id);
        entry[log_end] = id;
        log_end++
      :: else
      fi;
      id = 0
    }
  :: atomic { late != 0 -> under_way = under_way & ~late; late = 0 } /* Never. */
#if GAPS > 0
  :: atomic { gaps > 0 && log_end < LOG_MAX -> gaps--; log_end++ }
#endif
  od
}

/* Builds a record behind (writer's or overlay's) tip and sends it. */
inline build(its_kind, its_call, its_state, its_tip, its_offset, its_follows) {
  built++;
  record[built].prev = PLACE_TO_BE(its_tip, its_offset);
  record[built].kind = its_kind;
  record[built].call = its_call;
  record[built].state = its_state;
  record[built].follows = its_follows;
  under_way = under_way | BIT(built)
}

inline add(its_kind, its_call) {
  build(its_kind, its_call, overlay, overlay_tip, read + count, count > 0);
  if :: count == 0 -> first = built :: else fi;
  count++;
  apply(overlay, built);
  overlay_tip = built
}

/* Decides one call on the overlay: an event, a kept refusal, or an answer without a record. */
inline decide(c) {
  if
#ifndef LEAVE_OUT_REQUEST_IDS
  :: ACCEPTED(overlay, REQUEST_OF(c)) -> yes = yes | BIT(c)
  :: !ACCEPTED(overlay, REQUEST_OF(c)) && REFUSED_IN(overlay, REQUEST_OF(c)) -> no = no | BIT(c)
  :: !ACCEPTED(overlay, REQUEST_OF(c)) && !REFUSED_IN(overlay, REQUEST_OF(c)) &&
      IS_RIGHT(overlay, REQUEST_OF(c)) ->
#else
  :: IS_RIGHT(overlay, REQUEST_OF(c)) ->
#endif
    add(EVENT, c);
#ifdef LEAVE_OUT_DURABLE /* Acknowledged from the overlay. */
    acknowledge(c)
#endif
#ifndef LEAVE_OUT_REQUEST_IDS
  :: !ACCEPTED(overlay, REQUEST_OF(c)) && !REFUSED_IN(overlay, REQUEST_OF(c)) &&
      !IS_RIGHT(overlay, REQUEST_OF(c)) ->
#else
  :: !IS_RIGHT(overlay, REQUEST_OF(c)) ->
#endif
    if
#ifndef LEAVE_OUT_KEPT_REFUSALS
    :: IS_REPEAT(c) -> add(REFUSAL, c)
    :: !IS_REPEAT(c) -> no = no | BIT(c)
#else
    :: no = no | BIT(c)
#endif
    fi
  fi
}

#ifdef LEAVE_OUT_CAUSE
#define HAS_POLICY_WORK (position < FOREIGN)
#define HAS_MORE_POLICY_WORK (position + count < FOREIGN)
#else
#define HAS_POLICY_WORK (ANSWERED(state) < FOREIGN)
#define HAS_MORE_POLICY_WORK (ANSWERED(overlay) < FOREIGN)
#endif
#define IDS_OF_BATCH ((BIT(count) - 1) << first)
/* None of the own outcomes is unknown, and nothing of the own is still to be read. */
#define IS_SURE (phase == IDLE || phase == IN_FLIGHT)

/* Where the record landed first, and one past: `until`. */
inline find(sought) {
  until = 0;
  do
  :: until < log_end && entry[until] != sought -> until++
  :: else -> break
  od;
  until++
}

/* None of it is in the log or ever will be, so says the log. */
inline deny_batch() {
  id = 0;
  do
  :: id < count ->
    if
    :: record[first + id].kind != POLICY -> not_done = not_done | BIT(record[first + id].call)
    :: else
    fi;
    id++
  :: else -> break
  od;
  not_done = not_done | yes | no;
  forget_batch()
}

/* All is known of the batch: what is valid is answered, what is void is decided anew. */
inline finish() {
  whole = (landed == BIT(count) - 1);
  id = 0;
  do
  :: id < count ->
    call = record[first + id].call;
    if
    :: record[first + id].kind == POLICY ->
#ifdef LEAVE_OUT_CAUSE
      if :: HAS(landed, id) -> position = call :: else fi
#else
      skip
#endif
    :: record[first + id].kind == EVENT && HAS(landed, id) -> acknowledge(call)
    :: record[first + id].kind == REFUSAL && HAS(landed, id) -> deny(call)
    :: else -> queue[me] = queue[me] | BIT(call)
    fi;
    id++
  :: else -> break
  od;
  if
  :: whole -> give_answers(yes, no)
  :: else -> queue[me] = queue[me] | yes | no
  fi;
  forget_batch()
}

inline forget_batch() {
  phase = IDLE;
  first = 0; count = 0; landed = 0; until = 0; probe = 0; id = 0; call = 0;
  whole = false; yes = 0; no = 0
}

/* The next record of the log into the own state. */
inline read_one() {
  id = entry[read];
  if
  :: id != 0 && IS_VALID(id, tip, read) ->
    apply(state, id);
    tip = id;
    if
    :: count > 0 && id >= first && id < first + count -> landed = landed | BIT(id - first)
    :: phase == SETTLING && id == probe -> settled = true
    :: else
    fi
  :: else
  fi;
  id = 0;
  read++
}

inline send_probe() {
  build(NO_OP, 0, state, tip, read, false);
  probe = built;
  until = 0
}

/* When nothing more can happen, all must be done: unless the search was cut for want of records. */
proctype Judge() {
  byte at, mirror_tip, request;
end:
  do
  :: timeout ->
    d_step {
      /* Copied to another cluster, without the gaps. */
      at = 0; request = 0;
      do
      :: at < log_end && entry[at] == 0 -> at++
      :: at < log_end && entry[at] != 0 ->
        if
        :: IS_VALID(entry[at], mirror_tip, request) -> mirror_tip = entry[at]
        :: else
        fi;
        request++;
        at++
      :: else -> break
      od;
      a_mirror_has_the_same_valid_records = (mirror_tip == true_tip);
      assert(a_mirror_has_the_same_valid_records);
      everything_is_answered =
          built + BATCH > RECORDS ||
          (ANSWERED(true_state) == FOREIGN &&
           ((accepted | refused | ((lost | not_done) & ~(asked >> REQUESTS)) |
             ((lost | not_done) >> REQUESTS)) &
            (BIT(REQUESTS) - 1)) == BIT(REQUESTS) - 1);
      assert(everything_is_answered)
    };
    break
  od
}

proctype Writer(byte me) {
  byte tip, read;      /* What was read and applied: up to here, */
  short state = INITIAL; /* which gives this. */
  mtype phase = IDLE;
  byte first, count, landed; /* The batch in flight: ids, and which of them proved valid. */
  byte yes, no;        /* Its calls that gave no record, and their answers. */
  byte until;          /* Read up to here, all is known; 0 while nothing is. */
  byte probe;          /* The no-op that settles. */
  bool settled;
  byte wait_yes, wait_no, wait_tip, wait_until; /* Answers that wait for a view known to be current. */
  bool wait_asked;
  bool reading, read_asked; /* A read, likewise. */
  byte read_floor, read_until;
  short overlay;       /* The rest is scratch. */
  byte overlay_tip, id, call, request;
  bool whole;
#ifdef LEAVE_OUT_CAUSE
  byte position;       /* Of the foreign log, kept apart from the own one. */
#endif

end:
  do
  :: atomic { phase != IN_FLIGHT && read < log_end -> read_one() }

  /* Decides one batch, on the overlay that each leaves to the next. */
  :: atomic {
      phase == IDLE && built + BATCH <= RECORDS && (queue[me] != 0 || HAS_POLICY_WORK) ->
      overlay = state;
      overlay_tip = tip;
      do
      :: count < BATCH && HAS_MORE_POLICY_WORK && (count == 0 || record[built].kind == POLICY) ->
#ifdef LEAVE_OUT_CAUSE
        add(POLICY, position + 1 + count)
#else
        add(POLICY, ANSWERED(overlay) + 1)
#endif
      :: count < BATCH && queue[me] != 0 ->
        call = 0;
        do
        :: !HAS(queue[me], call) -> call++
        :: (queue[me] >> (call + 1)) != 0 -> call++
        :: HAS(queue[me], call) -> break
        od;
        queue[me] = queue[me] & ~BIT(call);
        decide(call);
        call = 0
      :: count > 0 || yes != 0 || no != 0 -> break
      od;
      overlay = 0; overlay_tip = 0;
      if
      :: count > 0 -> phase = IN_FLIGHT
      :: else ->
        /* Nothing to append: these wait, and those that wait for an older tip are decided anew. */
        if
        :: wait_tip != tip -> queue[me] = queue[me] | wait_yes | wait_no; wait_yes = 0; wait_no = 0
        :: else
        fi;
        wait_yes = wait_yes | yes; wait_no = wait_no | no; wait_tip = tip;
        wait_asked = false; wait_until = 0; yes = 0; no = 0
#ifdef LEAVE_OUT_CURRENT_VIEW /* Refuses on what it has read. */
        ;
        give_answers(wait_yes, wait_no);
        wait_yes = 0; wait_no = 0; wait_tip = 0
#endif
      fi
    }

  /* The outcome of its append. */
  :: atomic {
      phase == IN_FLIGHT && (under_way & IDS_OF_BATCH & ~late) == 0 ->
      find(first + count - 1);
      if
#ifdef LEAVE_OUT_RIGHT_BEHIND /* Takes it for valid wherever it landed. */
      :: true ->
#else
      :: until == read + count && entry[read] == first ->
#endif
        id = 0;
        do
        :: id < count -> call = first + id; apply(state, call); tip = call; id++
        :: else -> break
        od;
        landed = BIT(count) - 1;
        read = until;
        finish()
#ifndef LEAVE_OUT_RIGHT_BEHIND
      :: else -> phase = READING; id = 0
#endif
      fi
    }
  :: atomic { phase == READING && read >= until -> finish() }
#if UNKNOWNS > 0
  :: atomic {
      phase == IN_FLIGHT && unknowns > 0 && ROOM ->
      unknowns--;
      late = late | (under_way & IDS_OF_BATCH);
#ifdef LEAVE_OUT_UNKNOWN /* Unknown is taken for failed. */
      deny_batch()
#else
      phase = SETTLING;
      settled = false;
      send_probe()
#endif
    }
  :: atomic { phase == SETTLING && HAS(under_way, probe) && !HAS(late, probe) && unknowns > 0 && ROOM ->
      unknowns--;
      late = late | BIT(probe);
      send_probe()
    }
  :: atomic { phase == SETTLING && until == 0 && !HAS(under_way & ~late, probe) ->
      find(probe) }
  :: atomic {
      phase == SETTLING && (landed == BIT(count) - 1 || settled) -> settled = false; finish() }
  :: atomic {
      phase == SETTLING && until != 0 && read >= until && landed != BIT(count) - 1 && !settled &&
      ROOM ->
#ifdef LEAVE_OUT_FURTHER_NO_OPS /* One no-op was read, so the tip has moved: that must do. */
      finish()
#else
      send_probe()
#endif
    }
#endif
#if FAILURES > 0
  :: atomic {
      phase == IN_FLIGHT && failures > 0 && (IDS_OF_BATCH & ~under_way) == 0 &&
      (late & IDS_OF_BATCH) == 0 ->
      failures--;
      under_way = under_way & ~IDS_OF_BATCH;
      deny_batch()
    }
#endif

#if EXPIRIES > 0
  :: atomic {
      expiries > 0 && (queue[me] & (BIT(REQUESTS) - 1)) != 0 ->
      do
      :: call + 1 < REQUESTS -> call++
      :: break
      od;
      if
      :: HAS(queue[me], call) ->
        expiries--;
        queue[me] = queue[me] & ~BIT(call);
        not_done = not_done | BIT(call);
        what_was_denied_stays_undone = !ACCEPTED(true_state, call) || HAS(asked, call + REQUESTS);
        assert(what_was_denied_stays_undone)
      :: else
      fi;
      call = 0
    }
#endif

  /* Negative answers and reads: the end is asked for after they came, and read up to it. */
  :: atomic { (wait_yes | wait_no) != 0 && !wait_asked -> wait_asked = true; wait_until = log_end }
  :: atomic {
      (wait_yes | wait_no) != 0 && wait_asked && read >= wait_until && IS_SURE ->
      if
      :: wait_tip == tip -> give_answers(wait_yes, wait_no)
      :: else -> queue[me] = queue[me] | wait_yes | wait_no
      fi;
      wait_yes = 0; wait_no = 0; wait_tip = 0; wait_asked = false; wait_until = 0
    }
#if READS > 0
  :: atomic { reads > 0 && !reading -> reads--; reading = true; read_floor = accepted }
  :: atomic {
      reading && !read_asked ->
      read_asked = true;
#ifdef LEAVE_OUT_END_OF_LOG /* Reads what is there. */
      read_until = 0
#else
      read_until = log_end;
#ifdef DEPOSED_LEADER /* Not a rule left out: the limit that the promise has. */
      do
      :: read_until > read -> read_until--
      :: break
      od
#endif
#endif
    }
  :: atomic {
      reading && read_asked && read >= read_until && IS_SURE ->
      a_read_sees_what_was_acknowledged_before = ((read_floor & ~ACCEPTED_SET(state)) == 0);
      assert(a_read_sees_what_was_acknowledged_before);
      reading = false; read_asked = false; read_floor = 0; read_until = 0
    }
#endif

#if CRASHES > 0
  :: atomic {
      crashes > 0 && (phase != IDLE || queue[me] != 0 || read != 0) ->
      crashes--;
      late = late | (under_way & (IDS_OF_BATCH | BIT(probe)));
      lost = lost | queue[me] | yes | no | wait_yes | wait_no;
      id = 0;
      do
      :: id < count ->
        if
        :: record[first + id].kind != POLICY -> lost = lost | BIT(record[first + id].call)
        :: else
        fi;
        id++
      :: else -> break
      od;
      queue[me] = 0;
      forget_batch();
      tip = 0; read = 0; state = INITIAL; settled = false;
      wait_yes = 0; wait_no = 0; wait_tip = 0; wait_asked = false; wait_until = 0;
      reading = false; read_asked = false; read_floor = 0; read_until = 0
    }
#endif
  od
}

init {
  byte writer;
  atomic {
    do
    :: writer < WRITERS -> run Writer(writer); writer++
    :: else -> break
    od;
    writer = 0;
    run Callers();
    run Network();
    run Judge()
  }
}
