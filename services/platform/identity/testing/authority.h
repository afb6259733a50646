// Certificates as tests need them: an authority of their own, and what it signs.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace lianmeng::identity {

// PEM.
struct Issued {
  std::string certificate;
  std::string key;
};

class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name);
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  const std::string& certificate() const;
  // For "DNS:dispatch-0", "IP:127.0.0.1"; the first one's name is also the common name. Good from
  // an hour ago to `days` from now.
  Issued issue(const std::vector<std::string>& names, int days = 1) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A folder that is gone with it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  // Its owner's alone, and whole or not at all, as whoever renews a certificate or a key set does
  // it.
  std::filesystem::path write(const std::string& name, const std::string& bytes) const;

 private:
  std::filesystem::path path_;
};

}  // namespace lianmeng::identity
