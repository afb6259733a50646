#include "platform/store/rocks_reader.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include "platform/store/names.h"
#include "platform/store/rocks_errors.h"
#include "platform/store/rocks_layout.h"

namespace lianmeng::store {
namespace {

namespace fs = std::filesystem;

// The writer may merge files away between the list that is read and their opening.
constexpr int kOpeningsMax = 10;

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view text(rocksdb::Slice slice) { return {slice.data(), slice.size()}; }

class ReaderCursor final : public state::Cursor {
 public:
  ReaderCursor(std::unique_ptr<rocksdb::Iterator> rows, const std::string& path)
      : rows_(std::move(rows)), path_(path) {}

  void seek(std::string_view key) override {
    rows_->Seek(slice(std::max(key, kFirstRowKey)));
    check();
  }
  bool valid() const override { return rows_->Valid(); }
  std::string_view key() const override { return text(rows_->key()); }
  std::string_view value() const override { return text(rows_->value()); }
  void next() override {
    rows_->Next();
    check();
  }

 private:
  void check() const {
    if (rows_->Valid() || rows_->status().ok()) return;
    throw RowUnreadable{translate(rows_->status(), path_)};
  }

  const std::unique_ptr<rocksdb::Iterator> rows_;
  const std::string& path_;
};

class ReaderView final : public state::View {
 public:
  ReaderView(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const std::string& path)
      : db_(db), family_(family), path_(path) {}

  bool get(std::string_view key, std::string* value) const override {
    if (key < kFirstRowKey) return false;
    rocksdb::PinnableSlice found;
    const auto status = db_.Get({}, family_, slice(key), &found);
    if (status.IsNotFound()) return false;
    if (!status.ok()) throw RowUnreadable{translate(status, path_)};
    value->assign(found.data(), found.size());
    return true;
  }
  std::unique_ptr<state::Cursor> cursor() const override {
    return std::make_unique<ReaderCursor>(
        std::unique_ptr<rocksdb::Iterator>(db_.NewIterator({}, family_)), path_);
  }

 private:
  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* const family_;
  const std::string& path_;
};

}  // namespace

struct RocksReader::Impl {
  std::string path;
  std::unique_ptr<rocksdb::DB> db;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families;
};

RocksReader::RocksReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

RocksReader::~RocksReader() {
  for (const auto& [name, family] : impl_->families) impl_->db->DestroyColumnFamilyHandle(family);
}

Result<std::unique_ptr<RocksReader>> RocksReader::open(const std::string& path,
                                                       const std::string& scratch) {
  std::error_code error;
  if (!fs::exists(fs::path(path) / "CURRENT", error)) {
    return fail(ErrorKind::kNotFound, "STORE_MISSING",
                fmt::format("{} holds no store: nothing has been written to it yet, or the folder "
                            "is another one",
                            path));
  }
  // As a secondary: it takes no lock, writes nothing, and keeps the files that it has seen open.
  rocksdb::Options options;
  options.max_open_files = -1;
  options.info_log_level = rocksdb::ERROR_LEVEL;
  rocksdb::Status status;
  for (int i = 0; i < kOpeningsMax; ++i) {
    std::vector<std::string> names;
    status = rocksdb::DB::ListColumnFamilies(options, path, &names);
    if (!status.ok()) continue;
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const auto& name : names) descriptors.emplace_back(name, options);
    std::vector<rocksdb::ColumnFamilyHandle*> families;
    rocksdb::DB* db = nullptr;
    status = rocksdb::DB::OpenAsSecondary(options, path, scratch, descriptors, &families, &db);
    if (!status.ok()) continue;
    auto impl = std::make_unique<Impl>();
    impl->path = path;
    impl->db.reset(db);
    for (std::size_t k = 0; k < names.size(); ++k) impl->families.emplace(names[k], families[k]);
    return std::unique_ptr<RocksReader>(new RocksReader(std::move(impl)));
  }
  return fail(translate(status, path));
}

Result<std::unique_ptr<state::View>> RocksReader::partition(std::string_view service, int partition,
                                                            const StoreIdentity& identity) {
  const auto name = partition_name(service, partition);
  const auto found = impl_->families.find(name);
  if (found == impl_->families.end()) return nullptr;
  std::string written;
  const auto status = impl_->db->Get({}, found->second, slice(kIdentityKey), &written);
  if (status.IsNotFound()) return nullptr;
  if (!status.ok()) return fail(translate(status, impl_->path));
  if (written != encode(identity)) {
    return fail(ErrorKind::kFailedPrecondition, "STORE_OF_OTHER_FOLD",
                fmt::format("{}: {} was written as \"{}\" and this program's is \"{}\"; use the "
                            "lianmengctl of the server's version",
                            impl_->path, name, written, encode(identity)));
  }
  return std::make_unique<ReaderView>(*impl_->db, found->second, impl_->path);
}

}  // namespace lianmeng::store
