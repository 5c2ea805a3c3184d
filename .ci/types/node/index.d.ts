// Node's types where there is no Node: tsconfig.core.json.
export {};
