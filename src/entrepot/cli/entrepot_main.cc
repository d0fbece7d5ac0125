// The stand-alone `entrepot`: the verbs that need no definitions, over any instance.

#include "entrepot/cli/run_main.h"

int main(int argc, char** argv) { return entrepot::RunMain(argc, argv, nullptr); }
