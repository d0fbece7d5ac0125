/// \file benchmarks/table_round_trip/arrow_only.cc
/// The floor: the same file by direct Arrow calls. The writer has the settings that
/// Entrepot's has, and the encoding of each column is taken from the file that Entrepot
/// wrote (`--like`), so choosing it costs nothing here.
///
///   --table FILE.arrow  --like FILE.parquet  --folder DIR  --repeats N
///   --memory store|load
///
/// The file is read in two ways: whole into memory first (load_seconds), as Entrepot does
/// to check its digest, and by ReadableFile with pre-buffering (load_by_file_seconds). No
/// digest, no checksums, no sync.

#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/statistics.h>

#include <algorithm>

#include "benchmarks/measurement.h"
#include "benchmarks/table_round_trip/mixed_table.h"

using namespace entrepot::benchmarks;

namespace {

constexpr std::int64_t kGroupRows = 1 << 20;
constexpr std::int64_t kBatchRows = 256 << 10;

std::shared_ptr<parquet::WriterProperties> PropertiesLike(const std::string& path) {
  parquet::WriterProperties::Builder builder;
  builder.version(parquet::ParquetVersion::PARQUET_2_6)
      ->compression(parquet::Compression::ZSTD)
      ->compression_level(1)
      ->dictionary_pagesize_limit(1 << 20)
      ->max_row_group_length(kGroupRows)
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::ColumnChunk)
      ->enable_page_checksum();
  const auto metadata = parquet::ParquetFileReader::OpenFile(path)->metadata();
  const auto group = metadata->RowGroup(0);
  for (int i = 0; i < group->num_columns(); ++i) {
    const auto column = group->ColumnChunk(i);
    const std::string name = column->path_in_schema()->ToDotString();
    if (!column->is_stats_set()) builder.disable_statistics(name);
    if (column->has_dictionary_page()) continue;
    builder.disable_dictionary(name);
    for (const auto encoding : column->encodings()) {
      if (encoding != parquet::Encoding::RLE && encoding != parquet::Encoding::PLAIN) {
        builder.encoding(name, encoding);
      }
    }
  }
  return builder.build();
}

void Write(const arrow::Table& table, const std::string& path,
           const std::shared_ptr<parquet::WriterProperties>& properties) {
  const auto out = OrFail(arrow::io::FileOutputStream::Open(path));
  const auto arrow_properties = parquet::ArrowWriterProperties::Builder()
                                    .store_schema()
                                    ->set_use_threads(true)
                                    ->build();
  const auto writer = OrFail(parquet::arrow::FileWriter::Open(
      *table.schema(), arrow::default_memory_pool(), out, properties, arrow_properties));
  arrow::TableBatchReader batches(table);
  batches.set_chunksize(kBatchRows);
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    OrFail(batches.ReadNext(&batch));
    if (!batch) break;
    OrFail(writer->WriteRecordBatch(*batch));  // Columns in parallel.
  }
  OrFail(writer->Close());
  OrFail(out->Close());
}

std::shared_ptr<arrow::Table> Read(
    const std::shared_ptr<arrow::io::RandomAccessFile>& file, bool is_in_memory) {
  parquet::ArrowReaderProperties properties;
  properties.set_use_threads(true);
  properties.set_pre_buffer(!is_in_memory);
  parquet::arrow::FileReaderBuilder builder;
  OrFail(builder.Open(file));
  return OrFail(OrFail(builder.properties(properties)->Build())->ReadTable());
}

std::shared_ptr<arrow::Table> ReadWhole(const std::string& path) {
  const auto file = OrFail(arrow::io::ReadableFile::Open(path));
  const auto bytes = OrFail(file->ReadAt(0, OrFail(file->GetSize())));
  return Read(std::make_shared<arrow::io::BufferReader>(bytes), true);
}

std::string NewPath(const Options& options) {
  return FreshFolder(options.Text("folder", "."), "arrow_only") + "/table.parquet";
}

nlohmann::ordered_json MemoryToStore(const Options& options) {
  const auto table = ReadTable(options.Text("table"));
  const auto properties = PropertiesLike(options.Text("like"));
  const std::string path = NewPath(options);
  const PeakMemory peak;
  Write(*table, path, properties);
  const std::int64_t above = peak.above_bytes();
  Check(ReadWhole(path)->Equals(*table), "the table differs");
  return {{"store_above_bytes", above}};
}

nlohmann::ordered_json MemoryToLoad(const Options& options) {
  const PeakMemory peak;
  const auto back = ReadWhole(options.Text("like"));
  const std::int64_t above = peak.above_bytes();
  Check(back->Equals(*ReadTable(options.Text("table"))), "the table differs");
  return {{"load_above_bytes", above}};
}

nlohmann::ordered_json RoundTrips(const Options& options) {
  const auto table = ReadTable(options.Text("table"));
  const auto properties = PropertiesLike(options.Text("like"));
  std::vector<double> store;
  std::vector<double> store_cpu;
  std::vector<double> load;
  std::vector<double> load_cpu;
  std::vector<double> load_by_file;
  std::vector<std::filesystem::path> written;
  for (int i = 0; i < options.Number("repeats", 1); ++i) {
    const std::string path = NewPath(options);
    written.push_back(path);
    const CpuTimer storing_cpu;
    const Timer storing;
    Write(*table, path, properties);
    store.push_back(storing.seconds());
    store_cpu.push_back(storing_cpu.seconds());
    {
      const CpuTimer loading_cpu;
      const Timer loading;
      const auto back = ReadWhole(path);
      load.push_back(loading.seconds());
      load_cpu.push_back(loading_cpu.seconds());
      Check(back->Equals(*table), "the table differs");
    }
    const Timer loading;
    const auto back = Read(OrFail(arrow::io::ReadableFile::Open(path)), false);
    load_by_file.push_back(loading.seconds());
    Check(back->Equals(*table), "the table differs");
  }
  const auto file_bytes = std::filesystem::file_size(written.back());
  // Not before the end: their memory would be given to the next file.
  for (const auto& file : written) std::filesystem::remove_all(file.parent_path());
  return {{"store_seconds", store},
          {"store_cpu_seconds", store_cpu},
          {"load_seconds", load},
          {"load_cpu_seconds", load_cpu},
          {"load_by_file_seconds", load_by_file},
          {"file_bytes", file_bytes}};
}

}  // namespace

int main(int argc, char** argv) {
  const Options options(argc, argv);
  const std::string memory = options.Text("memory");
  nlohmann::ordered_json result = memory == "store"  ? MemoryToStore(options)
                                  : memory == "load" ? MemoryToLoad(options)
                                                     : RoundTrips(options);
  result["checked"] = true;
  Print(result);
  return 0;
}
