// The one rule oxlint does not have: the current time comes from the Clock, not from the machine.
const noMachineClock = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const check = (node) => {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'Date') return
      if (node.type === 'NewExpression' && node.arguments.length > 0) return
      context.report({ node, message: 'Take the time from the Clock port, not from the machine.' })
    }
    return { NewExpression: check, CallExpression: check }
  },
}

export default {
  meta: { name: 'countersign' },
  rules: { 'no-machine-clock': noMachineClock },
}
