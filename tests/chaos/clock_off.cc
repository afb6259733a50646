// Preloaded into a process, this library sets its time of day off by LIANMENG_CHAOS_CLOCK_OFF
// seconds, wherever it is read and wherever somebody waits for a moment of it. libfaketime 0.9.10
// knows neither cnd_timedwait, by which librdkafka waits, nor the futexes of Abseil: an hour ahead,
// a host of ours stands still under it.
#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>

#include <cstdarg>
#include <cstdlib>
#include <ctime>

namespace {

time_t offset() {
  static const time_t seconds = [] {
    const char* text = std::getenv("LIANMENG_CHAOS_CLOCK_OFF");
    return text == nullptr ? 0 : static_cast<time_t>(std::atoll(text));
  }();
  return seconds;
}

bool is_time_of_day(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

// The moment that the kernel and glibc know by this name.
timespec right(const timespec* moment) {
  timespec at = *moment;
  // The end of all times is left where it is.
  if (at.tv_sec > 0 && at.tv_sec < (time_t{1} << 40)) at.tv_sec -= offset();
  if (at.tv_sec < 0) at.tv_sec = 0;
  return at;
}

// What these names mean without this library.
#define LIANMENG_REAL(name) \
  static const auto real = reinterpret_cast<decltype(&::name)>(::dlsym(RTLD_NEXT, #name))

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  LIANMENG_REAL(clock_gettime);
  const int status = real(clock, time);
  if (status == 0 && is_time_of_day(clock)) time->tv_sec += offset();
  return status;
}

int gettimeofday(timeval* time, void* zone) noexcept {
  LIANMENG_REAL(gettimeofday);
  const int status = real(time, zone);
  if (status == 0 && time != nullptr) time->tv_sec += offset();
  return status;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

int timespec_get(timespec* time, int base) noexcept {
  return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, time) == 0 ? base : 0;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  // Without the version dlsym gives the one of glibc 2.2.5, which has another condition.
  static const auto real = reinterpret_cast<decltype(&::pthread_cond_timedwait)>(
      ::dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2"));
  constexpr unsigned kMonotonic = 2;  // glibc's __PTHREAD_COND_CLOCK_MONOTONIC_MASK.
  if ((condition->__data.__wrefs & kMonotonic) != 0) return real(condition, mutex, until);
  const auto at = right(until);
  return real(condition, mutex, &at);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  LIANMENG_REAL(pthread_cond_clockwait);
  if (!is_time_of_day(clock)) return real(condition, mutex, clock, until);
  const auto at = right(until);
  return real(condition, mutex, clock, &at);
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  LIANMENG_REAL(cnd_timedwait);
  const auto at = right(until);
  return real(condition, mutex, &at);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  LIANMENG_REAL(pthread_mutex_timedlock);
  const auto at = right(until);
  return real(mutex, &at);
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
  LIANMENG_REAL(sem_timedwait);
  const auto at = right(until);
  return real(semaphore, &at);
}

// Abseil waits by futexes.
long syscall(long number, ...) noexcept {
  LIANMENG_REAL(syscall);
  va_list given;
  va_start(given, number);
  long word[6];
  for (auto& each : word) each = va_arg(given, long);
  va_end(given);
  timespec at{};
  if (number == SYS_futex && (word[1] & FUTEX_CLOCK_REALTIME) != 0 && word[3] != 0) {
    at = right(reinterpret_cast<const timespec*>(word[3]));
    word[3] = reinterpret_cast<long>(&at);
  }
  return real(number, word[0], word[1], word[2], word[3], word[4], word[5]);
}

}  // extern "C"
