import { afterAll, beforeAll, describe } from 'vitest'
import { type ConformancePlan, openCorePlan, testModules } from '../../support/conformance-plan.ts'
import { openWorld } from '../../support/open-world.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { authenticationModules } from '../oidcc-basic/authentication.ts'
import { claimModules } from '../oidcc-basic/claims.ts'
import { requestModules } from '../oidcc-basic/requests.ts'
import { responseModules } from '../oidcc-basic/responses.ts'

let plan: ConformancePlan

beforeAll(async () => {
  plan = await openCorePlan(await openWorld({ clock: new RunningClock() }), 'form_post')
})
afterAll(() => plan.world.close())

describe('oidcc-formpost-basic-certification-test-plan', () => {
  testModules(responseModules, () => plan)
  testModules(claimModules, () => plan)
  testModules(authenticationModules, () => plan)
  testModules(requestModules, () => plan)
})
