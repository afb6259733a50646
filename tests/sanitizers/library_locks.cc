// Linked into every program that is built with ThreadSanitizer: tells it what it cannot see, how
// Debian's libraries, which are built without it, hand work from thread to thread. Each function
// here stands before the library's own of that name, which it calls.
//
// - Abseil's mutexes, which are gRPC's and wait by futex.
// - What is given to a call of gRPC happens before that call's callback or completion, and a call's
//   end before its server's. gRPC's own way there is free of locks in places.
// - C11's threads, which are librdkafka's: glibc has them beside the pthread functions that
//   ThreadSanitizer intercepts, and a thread that it did not see begin is none to it.
#include <absl/synchronization/mutex.h>
#include <dlfcn.h>
#include <grpc/grpc.h>
#include <grpcpp/support/callback_common.h>
#include <grpcpp/support/server_callback.h>
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

// The function of the same name in the library: the next one after this program's own.
template <class Function>
Function* behind(void* own) {
  Dl_info info{};
  void* found = nullptr;
  if (::dladdr(own, &info) != 0 && info.dli_saddr == own) {
    found = ::dlsym(RTLD_NEXT, info.dli_sname);
  }
  if (found == nullptr) {
    std::fprintf(stderr, "library_locks.cc: no library has %s any more; mend it.\n",
                 info.dli_sname != nullptr ? info.dli_sname : "one of its functions");
    std::abort();
  }
  return reinterpret_cast<Function*>(found);
}

}  // namespace

// A pointer to a member function as the address of its code, which GCC allows.
#pragma GCC diagnostic ignored "-Wpmf-conversions"
#define BEHIND(type, own) static auto* const real = behind<type>(reinterpret_cast<void*>(own))

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  BEHIND(void(Mutex*), &Mutex::Lock);
  real(this);
  __tsan_acquire(this);
}

bool Mutex::TryLock() {
  BEHIND(bool(Mutex*), &Mutex::TryLock);
  const bool locked = real(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::Unlock() {
  BEHIND(void(Mutex*), &Mutex::Unlock);
  __tsan_release(this);
  real(this);
}

void CondVar::Wait(Mutex* mutex) {
  BEHIND(void(CondVar*, Mutex*), &CondVar::Wait);
  __tsan_release(mutex);
  real(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  BEHIND(bool(CondVar*, Mutex*, Duration), &CondVar::WaitWithTimeout);
  __tsan_release(mutex);
  const bool late = real(this, mutex, timeout);
  __tsan_acquire(mutex);
  return late;
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  BEHIND(bool(CondVar*, Mutex*, Time), &CondVar::WaitWithDeadline);
  __tsan_release(mutex);
  const bool late = real(this, mutex, deadline);
  __tsan_acquire(mutex);
  return late;
}

ABSL_NAMESPACE_END
}  // namespace absl

// gRPC runs its callbacks by two functions of grpcpp/support/callback_common.h. What they call is
// private; an explicit instantiation may name it all the same.
namespace callbacks {

using WithStatus = grpc::internal::CallbackWithStatusTag;
using WithSuccess = grpc::internal::CallbackWithSuccessTag;

void run(WithStatus* tag, bool ok);
void run(WithSuccess* tag, bool ok);

template <class Tag, void (Tag::*kRun)(bool)>
struct Opened {
  friend void run(Tag* tag, bool ok) { (tag->*kRun)(ok); }
};
template struct Opened<WithStatus, &WithStatus::Run>;
template struct Opened<WithSuccess, &WithSuccess::Run>;

}  // namespace callbacks

extern "C" {

void run_with_status(grpc_completion_queue_functor* tag, int ok) __asm__(
    "_ZN4grpc8internal21CallbackWithStatusTag9StaticRunEP29grpc_completion_queue_functori");
void run_with_success(grpc_completion_queue_functor* tag, int ok) __asm__(
    "_ZN4grpc8internal22CallbackWithSuccessTag9StaticRunEP29grpc_completion_queue_functori");

void run_with_status(grpc_completion_queue_functor* tag, int ok) {
  __tsan_acquire(tag);
  callbacks::run(static_cast<callbacks::WithStatus*>(tag), ok != 0);
}

void run_with_success(grpc_completion_queue_functor* tag, int ok) {
  __tsan_acquire(tag);
  callbacks::run(static_cast<callbacks::WithSuccess*>(tag), ok != 0);
}

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, size_t count, void* tag,
                                      void* reserved) {
  BEHIND(decltype(grpc_call_start_batch), &grpc_call_start_batch);
  __tsan_release(tag);
  return real(call, ops, count, tag, reserved);
}

}  // extern "C"

// What holds a server's call is counted; our headers' part of the counting is seen, the library's
// is not, and it may be that which ends the call.
namespace grpc::internal {

void ServerCallbackCall::ScheduleOnDone(bool inline_ondone) {
  BEHIND(void(ServerCallbackCall*, bool), &ServerCallbackCall::ScheduleOnDone);
  __tsan_acquire(&callbacks_outstanding_);
  real(this, inline_ondone);
}

void ServerCallbackCall::CallOnCancel(ServerReactor* reactor) {
  BEHIND(void(ServerCallbackCall*, ServerReactor*), &ServerCallbackCall::CallOnCancel);
  __tsan_acquire(&on_cancel_conditions_remaining_);
  real(this, reactor);
}

}  // namespace grpc::internal

extern "C" {

// A server counts its calls and lets nothing go before the last has ended.
static char g_calls_of_servers;

void grpc_call_unref(grpc_call* call) {
  BEHIND(decltype(grpc_call_unref), &grpc_call_unref);
  __tsan_release(&g_calls_of_servers);
  real(call);
}

void grpc_server_destroy(grpc_server* server) {
  BEHIND(decltype(grpc_server_destroy), &grpc_server_destroy);
  real(server);
  __tsan_acquire(&g_calls_of_servers);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline,
                                      void* reserved) {
  BEHIND(decltype(grpc_completion_queue_next), &grpc_completion_queue_next);
  const auto event = real(queue, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

grpc_event grpc_completion_queue_pluck(grpc_completion_queue* queue, void* tag,
                                       gpr_timespec deadline, void* reserved) {
  BEHIND(decltype(grpc_completion_queue_pluck), &grpc_completion_queue_pluck);
  const auto event = real(queue, tag, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

// In glibc mtx_t and cnd_t are the pthread types by another name.
static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t));
static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t));

static int outcome(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case EBUSY:
      return thrd_busy;
    case ETIMEDOUT:
      return thrd_timedout;
    case ENOMEM:
    case EAGAIN:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}
static pthread_mutex_t* mutex_of(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
static pthread_cond_t* condition_of(cnd_t* condition) {
  return reinterpret_cast<pthread_cond_t*>(condition);
}

int mtx_lock(mtx_t* mutex) { return outcome(pthread_mutex_lock(mutex_of(mutex))); }
int mtx_trylock(mtx_t* mutex) { return outcome(pthread_mutex_trylock(mutex_of(mutex))); }
int mtx_unlock(mtx_t* mutex) { return outcome(pthread_mutex_unlock(mutex_of(mutex))); }
void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy(mutex_of(mutex)); }

int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return outcome(pthread_cond_wait(condition_of(condition), mutex_of(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return outcome(pthread_cond_timedwait(condition_of(condition), mutex_of(mutex), until));
}
int cnd_signal(cnd_t* condition) { return outcome(pthread_cond_signal(condition_of(condition))); }
int cnd_broadcast(cnd_t* condition) {
  return outcome(pthread_cond_broadcast(condition_of(condition)));
}
void cnd_destroy(cnd_t* condition) { pthread_cond_destroy(condition_of(condition)); }

struct Begin {
  thrd_start_t function;
  void* argument;
};

static void* begin(void* given) {
  const Begin what = *static_cast<Begin*>(given);
  std::free(given);
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(what.function(what.argument)));
}

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto* const what = static_cast<Begin*>(std::malloc(sizeof(Begin)));
  if (what == nullptr) return thrd_nomem;
  *what = {function, argument};
  const int error = pthread_create(thread, nullptr, begin, what);
  if (error != 0) std::free(what);
  return outcome(error);
}

int thrd_join(thrd_t thread, int* result) {
  void* returned = nullptr;
  const int error = pthread_join(thread, &returned);
  if (error == 0 && result != nullptr) {
    *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
  }
  return outcome(error);
}

}  // extern "C"
