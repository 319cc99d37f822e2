// Shared libraries that define layers: docs/AddALayer.md.
#include "compiler/import/Plugins.h"
#include "compiler/import/config/Classes.h"
#include "dialects/layer/Plugin.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectRegistry.h"

#include <set>

using namespace mlir;
using namespace dlc;
using namespace dlc::importer;

/// A registry of the plug-in's own shows what it registers: MLIR would end the
/// process at a dialect that exists.
static Expected<void> loadDialects(MLIRContext &context,
                                   const DialectPlugin &plugin,
                                   const std::string &file) {
  DialectRegistry registry;
  plugin.registerDialectRegistryCallbacks(registry);
  SmallVector<std::string> names;
  for (StringRef name : registry.getDialectNames())
    if (name != BuiltinDialect::getDialectNamespace()) // is in every registry
      names.push_back(name.str());
  for (const std::string &name : names)
    if (context.getLoadedDialect(name))
      return fail(file, "registers the dialect \"" + name + "\"",
                  "dlc or another plug-in has one of that name",
                  "rename the plug-in's dialect");
  context.appendDialectRegistry(registry);
  for (const std::string &name : names)
    context.getOrLoadDialect(name);
  return checkClasses(&context, file);
}

static Expected<void> loadPlugin(MLIRContext &context,
                                 const std::filesystem::path &path) {
  std::string file = path.string();
  llvm::Expected<DialectPlugin> plugin =
      DialectPlugin::load(std::filesystem::absolute(path).string());
  if (!plugin)
    return fail(file, "is no plug-in: " + llvm::toString(plugin.takeError()),
                "dlc opens a shared library that dlc_add_plugin built",
                "build it against this installation of dlc");
  if (plugin->getPluginVersion() != DLC_VERSION)
    return fail(file, "is built for dlc " + plugin->getPluginVersion().str(),
                "this is dlc " DLC_VERSION,
                "build it again against this installation of dlc");
  return loadDialects(context, *plugin, file);
}

Expected<void>
importer::loadPlugins(MLIRContext &context,
                      const std::vector<std::filesystem::path> &plugins) {
  std::set<std::filesystem::path> loaded;
  for (const std::filesystem::path &path : plugins) {
    std::error_code error;
    std::filesystem::path file = std::filesystem::canonical(path, error);
    if (error)
      return fail(path.string(), "cannot be opened: " + error.message(),
                  "--plugin names a shared library", "check the path");
    if (!loaded.insert(file).second)
      continue;
    if (Expected<void> done = loadPlugin(context, path); !done)
      return done;
  }
  return {};
}
