#include "bindings.h"
#include "value.h"

NB_MODULE(_core, m) {
  using namespace entrepot::python;  // NOLINT: the binding functions.
  // Module globals of user scripts often live until the very end; that is no leak of
  // ours.
  nanobind::set_leak_warnings(false);
  m.doc() = "Entrepot's core; use it through the entrepot package.";
  BindAssetKey(m);
  BindMetadata(m);
  BindPartitions(m);
  BindConfig(m);
  BindValue(m);
  BindRecords(m);
  BindStepLog(m);
  BindContexts(m);
  BindStepContext(m);
  BindBuiltContexts(m);
  BindInputManagers(m);
  BindIOManager(m);
  BindFiles(m);
  BindDefinitions(m);
  BindInstance(m);
  BindRun(m);
  BindCli(m);
}
